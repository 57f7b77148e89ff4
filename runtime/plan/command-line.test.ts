import { expect, it } from 'vitest';
import { commandLine } from './command-line.ts';

it('a command that is short is shown whole', () => {
  expect(commandLine(['sh', '-c', 'echo  "a b"', ''])).toBe('sh -c echo  "a b" ');
  expect(commandLine(Array.from('abcdefgh'))).toBe('a b c d e f g h');
});

it('of many arguments the first are shown, and how many more there are', () => {
  const args = Array.from({ length: 100_000 }, (_, index) => `${index}`);
  expect(commandLine(args)).toBe('0 1 2 3 4 5 6 7 … and 99992 more');
});

it('of a long argument the beginning is shown, in whole characters', () => {
  expect(commandLine(['x'.repeat(130_000)])).toBe(`${'x'.repeat(80)}…`);
  expect(commandLine([`${'x'.repeat(79)}😀${'x'.repeat(9)}`])).toBe(`${'x'.repeat(79)}…`);
});
