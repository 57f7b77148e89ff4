// Typed names select requirements, and vitest's arguments run only these.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requirementIds } from './requirements.ts';
import { idsNamed, select, titlePattern } from './selection.ts';
import { ON_SOURCES } from './support/sources.ts';

const project = join(import.meta.dirname, '..');
const known = requirementIds;

test('an ID names itself alone, a prefix its whole group, and nothing else is named', () => {
  expect(idsNamed('net-03', known)).toEqual(['NET-03']);
  expect(idsNamed('NS', known)).toEqual(known.filter((id) => id.startsWith('NS-')));
  expect(idsNamed('NET-0', known)).toEqual([]);
  expect(idsNamed('N', known)).toEqual([]);
});

test('the pattern matches the ID as a whole name', () => {
  const pattern = new RegExp(titlePattern(['NET-03', 'PS-01']));
  expect('NET-03').toMatch(pattern);
  expect('a group PS-01').toMatch(pattern);
  expect('unlike NET-03, without a veth').not.toMatch(pattern);
  expect('NET-031').not.toMatch(pattern);
  expect('XNET-03').not.toMatch(pattern);
});

test('nothing typed selects every requirement, and no pattern', () => {
  const { ids, arguments: files } = select([], project);
  expect(ids).toEqual(known);
  expect(files.every((file) => /^specs\/.*\.spec\.ts$/.test(file))).toBe(true);
});

test('IDs and prefixes select in the order of the table, with the files that hold them', () => {
  const selected = select(['net-03', 'NS'], project);
  expect(selected.ids).toEqual([...idsNamed('NS', known), 'NET-03']);
  expect(selected.arguments.slice(0, 2)).toEqual(['-t', titlePattern(selected.ids)]);
  expect(selected.arguments.slice(2)).toContain('specs/01-namespaces.spec.ts');
  expect(new Set(selected.arguments).size).toBe(selected.arguments.length);
});

test('a name that no requirement has is refused with the groups there are', () => {
  expect(() => select(['NS-01', 'NOPE'], project)).toThrow(
    expect.objectContaining({
      message: 'no requirement is called NOPE',
      hint: expect.stringMatching(/NS .*NET .*-01, -02/),
    }),
  );
});

test('one requirement of each topic runs from the sources in every verify', () => {
  const topicOf = (id: string) => id.slice(0, id.lastIndexOf('-'));
  const topics = known.map(topicOf);
  const several = new Set(
    topics.filter((topic) => topics.indexOf(topic) !== topics.lastIndexOf(topic)),
  );
  expect(ON_SOURCES.map(topicOf).toSorted()).toEqual([...several].toSorted());
});
