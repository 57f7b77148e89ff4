// The page's colours, light and dark, as custom properties. Text has a contrast of at least 4.5:1
// in both (WCAG AA).

const LIGHT = {
  ground: '#fbfaf8',
  raised: '#ffffff',
  sunken: '#f3f1ed',
  line: '#dedad2',
  ink: '#1f1d1a',
  quiet: '#67615a',
  link: '#1d5a8f',
  proven: '#1f6b3a',
  'proven-ground': '#e6f2e8',
  refuted: '#a8201a',
  'refuted-ground': '#fbe6e3',
  unproven: '#7a5200',
  'unproven-ground': '#fbf0d3',
  subject: '#1d5a8f',
  control: '#9a4d00',
  limit: '#a8201a',
  screen: '#f3f1ed',
  'phase-host': '#5b60a3',
  'phase-spawn': '#a0477b',
  'phase-link': '#86600f',
  'phase-inside': '#28695f',
  'phase-exec': '#1d5a8f',
  t1: '#a8201a',
  t2: '#1f6b3a',
  t3: '#7a5200',
  t4: '#1d5a8f',
  t5: '#8a2f75',
  t6: '#12676b',
};

const DARK: typeof LIGHT = {
  ground: '#16171a',
  raised: '#1d1f23',
  sunken: '#111214',
  line: '#34373d',
  ink: '#e6e4df',
  quiet: '#a09c95',
  link: '#85bbea',
  proven: '#7fcf98',
  'proven-ground': '#173122',
  refuted: '#ff9a90',
  'refuted-ground': '#451c19',
  unproven: '#e8bd63',
  'unproven-ground': '#3a2c0d',
  subject: '#85bbea',
  control: '#f0a868',
  limit: '#ff9a90',
  screen: '#111214',
  'phase-host': '#9fa5ea',
  'phase-spawn': '#e39ac3',
  'phase-link': '#e0b65c',
  'phase-inside': '#74c7ba',
  'phase-exec': '#85bbea',
  t1: '#ff9a90',
  t2: '#7fcf98',
  t3: '#e8bd63',
  t4: '#85bbea',
  t5: '#e39ac3',
  t6: '#74c7ba',
};

/** The system's setting applies unless the page's button overrides it; print is always light. */
export function themeCss(): string {
  return [
    `:root{color-scheme:light;${properties(LIGHT)}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${properties(DARK)}}}`,
    `@media screen{:root[data-theme=dark]{color-scheme:dark;${properties(DARK)}}}`,
  ].join('\n');
}

function properties(palette: typeof LIGHT): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}
