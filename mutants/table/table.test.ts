import { stripTypeScriptTypes } from 'node:module';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { requirementIds } from '../../specs/requirements.ts';
import { MUTANTS, mutated } from './areas.ts';
import { CORE_SET } from './table.ts';

const checkout = dirname(dirname(import.meta.dirname));

test('there are at least a hundred, each with a unique name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(100);
  for (const { name } of MUTANTS) expect(name).toMatch(/^[a-z0-9_-]+$/);
});

test('each is a change of a file that is there, and its requirements are known', () => {
  for (const mutant of MUTANTS) {
    const text = mutated(checkout, mutant);
    // A file that does not parse would fail every requirement.
    if (mutant.file.endsWith('.ts')) expect(() => stripTypeScriptTypes(text)).not.toThrow();
    for (const id of mutant.requirements) expect(requirementIds).toContain(id);
  }
});

test('a mutant whose text is gone is an error that names it', () => {
  const [first] = MUTANTS;
  if (first === undefined) throw new Error('no mutants');
  expect(() => mutated(checkout, { ...first, find: 'nowhere at all' })).toThrow(
    `mutant ${first.name}: its text occurs 0 times in ${first.file}`,
  );
  expect(() => mutated(checkout, { ...first, file: 'runtime/none.ts' })).toThrow(
    `mutant ${first.name}: there is no runtime/none.ts`,
  );
});

test('the core set is short and without one twice', () => {
  expect(new Set(CORE_SET).size).toBe(CORE_SET.length);
});
