// Runs before the first paint: marks that scripts run, and sets the chosen theme.
document.documentElement.classList.add('script');
try {
  const theme = localStorage.getItem('terrarium-theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // A page opened from disk may have no storage: then the system's theme applies.
}
