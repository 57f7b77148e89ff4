// Completeness: every requirement has one test, every test has a requirement, and so has every
// sentence of the assignment.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { registeredTests } from '../harness/reporter/registered.ts';
import { sentences } from './assignment.ts';
import { requirementIds, requirements } from './requirements.ts';

const project = dirname(import.meta.dirname);
const files = globSync('specs/**/*.spec.ts', { cwd: project }).map((file) => join(project, file));
const tests = registeredTests(project, files);

test('every requirement has a test', () => {
  const tested = new Set(tests.map(({ id }) => id));
  expect(requirementIds.filter((id) => !tested.has(id))).toEqual([]);
});

test('every test has a known requirement', () => {
  const known = new Set<string>(requirementIds);
  expect(tests.filter(({ id }) => !known.has(id))).toEqual([]);
});

test('vitest’s list of tests, which editors use, has every requirement', async () => {
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  const list = [vitest, 'list', '--configLoader', 'native', 'specs', '--json'];
  const { stdout } = await execa(process.execPath, list, { cwd: project });
  const listed: { name: string; file: string }[] = JSON.parse(stdout);
  const names = listed.filter(({ file }) => file.endsWith('.spec.ts')).map(({ name }) => name);
  expect(names.toSorted()).toEqual(requirementIds.toSorted());
});

test('no requirement has two tests', () => {
  const twice = tests.filter(
    ({ id }, index) => tests.findIndex((other) => other.id === id) !== index,
  );
  expect(twice).toEqual([]);
});

test('no two requirements have the same title', () => {
  const titles = requirementIds.map((id) => requirements[id].title);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

test('every sentence of the assignment has a requirement', () => {
  const covered = new Set<string>(requirementIds.flatMap((id) => requirements[id].sentences));
  expect(sentences.filter(({ key, wholeRun }) => !wholeRun && !covered.has(key))).toEqual([]);
});

test('sentence keys are unique, and those of one heading stand together', () => {
  const keys = sentences.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  const headings = sentences
    .map(({ heading }) => heading)
    .filter((heading, index, all) => heading !== all[index - 1]);
  expect(new Set(headings).size).toBe(headings.length);
});
