// Patches of the engine's source apply exactly, as patch(1) and git apply them, or are refused.
import { expect, test } from 'vitest';
import { applyPatch, parsePatch } from './patches.ts';

const SOURCE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';
const PATCH = `Why it is needed.

--- a/x/numbers.c
+++ b/x/numbers.c
@@ -1,3 +1,4 @@
 one
+and a half
 two
 three
@@ -6,2 +7,2 @@ int main()
-six
+6
 seven
`;

function apply(source: string, patch: string): string {
  return parsePatch(patch).reduce(applyPatch, source);
}

test('each hunk is applied, and later ones shift', () => {
  expect(parsePatch(PATCH).map(({ path }) => path)).toEqual(['x/numbers.c']);
  expect(apply(SOURCE, PATCH)).toBe('one\nand a half\ntwo\nthree\nfour\nfive\n6\nseven\neight\n');
});

test('other lines at the place of a hunk are refused, also where they moved', () => {
  expect(() => apply(SOURCE.replace('two', '2'), PATCH)).toThrow(
    'numbers.c does not apply at line 1',
  );
  expect(() => apply(`zero\n${SOURCE}`, PATCH)).toThrow('does not apply at line 1');
});

test('a cut patch is refused', () => {
  expect(() => parsePatch(PATCH.slice(0, PATCH.indexOf('-six')))).toThrow('patch');
});
