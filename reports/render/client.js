// Interactive parts of the page: deep links, filter, search, keys, copying, playing, theme.
const root = document.documentElement;
const all = [...document.querySelectorAll('details.requirement')];
const element = (id) => document.getElementById(id);
const search = element('search');
const verdict = element('verdict');
const area = element('area');
const texts = new Map(all.map((item) => [item, item.textContent.toLowerCase()]));

// The filter is part of the address, so a link shows the same view.
const fields = { q: search, verdict, area };

function readAddress() {
  const wanted = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(fields)) field.value = wanted.get(name) ?? '';
}

function writeAddress() {
  const wanted = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(fields))
    if (field.value === '') wanted.delete(name);
    else wanted.set(name, field.value);
  const query = wanted.size === 0 ? '' : `?${wanted}`;
  try {
    history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
  } catch {
    // Some browsers refuse it for a page from disk; the filter still works.
  }
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of all) {
    const text = texts.get(item);
    const fits =
      words.every((word) => text.includes(word)) &&
      (verdict.value === '' || item.dataset.verdict === verdict.value) &&
      (area.value === '' || item.dataset.area === area.value);
    item.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const group of document.querySelectorAll('.area'))
    group.hidden = !group.querySelector('details.requirement:not([hidden])');
  element('nothing').hidden = shown > 0;
  element('shown').textContent =
    shown === all.length
      ? ` ${shown} requirements, failures first`
      : ` ${shown} of ${all.length} requirements`;
}

function openTarget() {
  const target = element(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const item = target.closest('details.requirement');
  if (!item) return;
  if (item.hidden) {
    for (const field of Object.values(fields)) field.value = '';
    filter();
    writeAddress();
  }
  item.open = true;
  item.scrollIntoView({ block: 'start' });
  item.querySelector('summary').focus({ preventScroll: true });
}

function step(by) {
  const visible = all.filter((item) => !item.hidden);
  const at = visible.findIndex((item) => item.contains(document.activeElement));
  const next = visible[Math.min(visible.length - 1, Math.max(0, at + by))];
  next?.querySelector('summary').focus();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea, .ap-player')) {
    if (event.key === 'Escape' && event.target === search) search.blur();
    return;
  }
  if (event.key === '/') search.focus();
  else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else return;
  event.preventDefault();
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(button.previousElementSibling);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand('copy');
  }
  button.textContent = 'copied';
  setTimeout(() => {
    button.textContent = 'copy';
  }, 1500);
}

let casts;
function play(button) {
  const screen = button.closest('.transcript').querySelector('.screen');
  const playing = screen.nextElementSibling;
  if (playing) {
    playing.remove();
    screen.hidden = false;
    button.textContent = '▶ play';
    return;
  }
  casts ??= JSON.parse(element('casts').textContent);
  const stage = document.createElement('div');
  stage.className = 'stage';
  screen.after(stage);
  screen.hidden = true;
  button.textContent = 'show text';
  // Not taller than the terminal's output.
  const rows = Math.max(6, Math.min(24, screen.textContent.split('\n').length));
  AsciinemaPlayer.create({ data: casts[button.dataset.cast] }, stage, {
    rows,
    autoPlay: true,
    idleTimeLimit: 1.5,
    fit: 'width',
    terminalFontSize: '13px',
  });
}

function switchTheme() {
  const dark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try {
    localStorage.setItem('terrarium-theme', root.dataset.theme);
  } catch {
    // Without storage the choice is lost with the page.
  }
}

function setOpen(open) {
  for (const item of all) if (!item.hidden) item.open = open;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.matches('.copy')) copy(button);
  else if (button.matches('.play')) play(button);
  else if (button.id === 'theme') switchTheme();
  else if (button.id === 'open-all') setOpen(true);
  else if (button.id === 'close-all') setOpen(false);
});
document.addEventListener('keydown', key);
element('filter').addEventListener('input', () => {
  filter();
  writeAddress();
});
element('filter').addEventListener('submit', (event) => event.preventDefault());
addEventListener('hashchange', openTarget);
addEventListener('popstate', () => {
  readAddress();
  filter();
});

readAddress();
filter();
openTarget();
