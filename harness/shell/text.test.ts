import { expect, test } from 'vitest';
import { plain, withoutNotices } from './text.ts';

const NOTICE = /noticed: [^\n]*/;

test.for([
  ['between lines', 'Killed\nnoticed: x\nbox# ', 'Killed\nbox# '],
  ['over a prompt, which is repeated', 'box# \nnoticed: x\nbox# ', 'box# '],
  ['two of them', 'box# \nnoticed: x\nbox# \nnoticed: y\nbox# ', 'box# '],
  [
    'over a line that is typed',
    'box# ec\nnoticed: x\nbox# echo one\none\n',
    'box# echo one\none\n',
  ],
  ['the prompt is not repeated yet: there is none', 'box# \nnoticed: x\n', 'box# \n'],
  ['not a line of its own', 'echo noticed: x\n', 'echo noticed: x\n'],
] as const)('a notice %s', ([, shown, expected]) => {
  expect(withoutNotices(shown, NOTICE)).toBe(expected);
});

test('escape sequences and line ends of a terminal are gone', () => {
  expect(plain('\x1b[1mone\x1b[0m\r\n\x1b[?2004l\rtwo\r\r\n')).toBe('one\ntwo\n');
});
