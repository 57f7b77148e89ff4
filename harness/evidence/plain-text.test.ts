import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainText } from './plain-text.ts';

test.each([
  ['colours', 'a \x1b[31mred\x1b[39m b', 'a red b'],
  ['a colour cut before its end', 'expected \x1b[38;5', 'expected '],
  ['a colour cut after its escape', 'expected \x1b', 'expected '],
  ['a colour cut after its bracket', 'expected \x1b[', 'expected '],
  ['a cut colour before the mark of a cut', 'expected \x1b[3…', 'expected …'],
  ['a title', '\x1b]0;my title\x07prompt', 'prompt'],
  ['a title that ends with ST', '\x1b]0;my title\x1b\\prompt', 'prompt'],
  ['a cut title', 'a\x1b]0;my ti\nnext', 'a\nnext'],
  ['a character set and a keypad mode', '\x1b(Ba\x1b=b\x1b>c', 'abc'],
  ['one of eight bits', 'a\x9b31mb', 'ab'],
  ['none', 'a [31m b \n\tc', 'a [31m b \n\tc'],
])('of %s', (_, text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test('a coloured text is the same wherever it is cut', () => {
  const parts = fc.array(fc.constantFrom('ab', 'c\n', '\x1b[1;31m', '\x1b[0m', '\x1b]8;;x\x07'));
  fc.assert(
    fc.property(parts, fc.nat(), (given, at) => {
      const text = given.join('');
      const plain = given.filter((part) => !part.startsWith('\x1b')).join('');
      const cut = plainText(text.slice(0, at % (text.length + 1)));
      expect(plain.startsWith(cut)).toBe(true);
    }),
  );
});
