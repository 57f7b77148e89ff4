import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, withTable } from './option-table.ts';

const page = readFileSync(PAGE, 'utf8');

test('docs/api.md has the options as they are declared (sh scripts/node.sh scripts/docs/main.ts)', () => {
  expect(page).toBe(withTable(page));
});

test('another table than that of the declarations is noticed (control)', () => {
  const other = page.replace('| `memory` |', '| `memroy` |');
  expect(other).not.toBe(page);
  expect(withTable(other)).toBe(page);
  expect(() => withTable('# A page without the place for it')).toThrow('has no');
});
