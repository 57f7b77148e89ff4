// Colours: NO_COLOR, then FORCE_COLOR, then the terminal.
import { expect, test } from 'vitest';
import { wantsColour } from './io.ts';

test.each([
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
])('with %j on a terminal (%s) there are colours: %s', (env, isTTY, coloured) => {
  expect(wantsColour({ isTTY }, { FORCE_COLOR: '', NO_COLOR: '', ...env })).toBe(coloured);
});
