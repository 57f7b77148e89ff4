// Every colour that text is written in can be read on every ground it may stand on (WCAG 2.2,
// 1.4.3).
import { expect, test } from 'vitest';
import { themeCss } from './theme.ts';

const GROUNDS = ['ground', 'raised', 'sunken'];

test.each([
  ['light', /:root\{color-scheme:light;([^}]*)\}/],
  ['dark', /\[data-theme=dark\]\{color-scheme:dark;([^}]*)\}/],
])('text has a contrast of at least 4.5 : 1 in %s', (_scheme, pattern) => {
  const [, properties = ''] = pattern.exec(themeCss()) ?? [];
  const colours = new Map(
    [...properties.matchAll(/--([\w-]+):(#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  const inks = [...colours.keys()].filter(
    (name) => !/ground|^raised$|^sunken$|^line$|^screen$/.test(name),
  );
  expect(inks.length).toBeGreaterThan(15);
  const pairs = inks.flatMap((ink) =>
    GROUNDS.map((ground) => ({
      ink,
      ground,
      ratio: contrast(colours.get(ink), colours.get(ground)),
    })),
  );
  expect(pairs.filter(({ ratio }) => !(ratio >= 4.5))).toEqual([]);
});

function contrast(one = '', other = ''): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of `#rrggbb`, 0 to 1. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
