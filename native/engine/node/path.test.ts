// Compares with node:path.
import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import own from './path.ts';

const path = fc
  .array(fc.constantFrom('/', '//', '.', '..', 'a', 'b.c', '.d', 'é', ' '), { maxLength: 12 })
  .map((parts) => parts.join(''));

describe('the same answers as node:path', () => {
  test.each(['normalize', 'dirname', 'basename', 'extname', 'isAbsolute'] as const)(
    '%s',
    (name) => {
      const same = (text: string) => {
        expect(own[name](text)).toBe(posix[name](text));
      };
      fc.assert(fc.property(path, same), { numRuns: 2000 });
    },
  );

  test.each(['join', 'resolve'] as const)('%s', (name) => {
    const same = (parts: string[]) => {
      expect(own[name](...parts)).toBe(posix[name](...parts));
    };
    fc.assert(fc.property(fc.array(path, { maxLength: 4 }), same), { numRuns: 2000 });
  });

  test('basename without a suffix', () => {
    const same = (text: string, suffix: string) => {
      // node:path returns '' and '/' for these.
      fc.pre(/[^/]/.test(text) && text !== suffix);
      expect(own.basename(text, suffix)).toBe(posix.basename(text, suffix));
    };
    fc.assert(fc.property(path, fc.constantFrom('.c', 'a', '', 'b.c'), same), {
      numRuns: 2000,
    });
  });
});

test('a byte that is not UTF-8 is unchanged', () => {
  expect(own.resolve('/tmp', 'r\udce9')).toBe('/tmp/r\udce9');
});
