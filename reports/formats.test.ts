import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parseHTML } from 'linkedom';
import { expect, onTestFinished, test } from 'vitest';
import type { FaultReport } from '../faults/table/table.ts';
import { compare, hasRegressed } from '../harness/evidence/compare.ts';
import { EVIDENCE_VERSION, type Verdict } from '../harness/evidence/model.ts';
import { compareInventories, type Inventory, takeInventory } from '../harness/reporter/audit.ts';
import { expectedIds } from '../harness/reporter/expected.ts';
import type { MutantReport } from '../mutants/report.ts';
import { ctrf } from './ctrf.ts';
import { junit } from './junit.ts';
import { readFaults } from './runs/faults.ts';
import { readMutants } from './runs/mutants.ts';
import { ownRunOf } from './runs/own-run.ts';
import { HOSTILE, sampleBaseline, sampleEvidence, sampleFaults, sampleMutants } from './sample.ts';
import { evidenceSchema } from './schema.ts';
import { checkEvidence } from './write.ts';

const sample = sampleEvidence();

// A program that reads evidence.json relies on the schema of its version. Set a new hash for a new
// optional property; for any other change raise EVIDENCE_VERSION, too.
test('the schema of version 1 is the one that was published', () => {
  expect(EVIDENCE_VERSION).toBe(1);
  const hash = createHash('sha256').update(JSON.stringify(evidenceSchema())).digest('hex');
  expect(hash).toBe('044a84058fc421732a58ccf48c1efa9a1efdc0a862e1abe1bd1c38debb3d88c9');
});

/** Validates with another program than the one that the schema is derived from. */
const bySchema = new Ajv({ allErrors: true }).compile(evidenceSchema());

/** The sample with one point in a plot. */
function withPoint(point: readonly number[]) {
  const [first, ...others] = sample.requirements;
  const lines = [{ label: 'x', role: 'subject', points: [point] }];
  const requirement = { ...first, series: [{ title: 'x', unit: 'x', lines }] };
  return { ...sample, requirements: [requirement, ...others] };
}

test('evidence is taken, by its schema, too', () => {
  for (const value of [sample, withPoint([1, 2])]) {
    expect(checkEvidence(value)).toEqual(value);
    expect(bySchema(value)).toBe(true);
  }
});

test('evidence survives its way through a file', () => {
  expect(checkEvidence(JSON.parse(JSON.stringify(sample)))).toEqual(
    JSON.parse(JSON.stringify(sample)),
  );
});

test.each([
  ['another version', { ...sample, version: 2 }, '/version must be 1, not 2'],
  ['no requirements', { ...sample, requirements: undefined }, '/requirements is missing'],
  [
    'a verdict that is none',
    { ...sample, requirements: [{ ...sample.requirements[0], verdict: 'passed' }] },
    '/requirements/0/verdict must be',
  ],
  ['an unknown property', { ...sample, extra: 1 }, '/extra is unknown'],
  ['a point that is no pair', withPoint([1, 2, 3]), '/series/0/lines/0/points/0'],
  ['no object', null, '/ must be Object, not null'],
])('evidence with %s is refused, with the place, and by its schema', (_, value, place) => {
  expect(() => checkEvidence(value)).toThrow(place);
  expect(bySchema(value)).toBe(false);
});

test('JUnit XML is well-formed for any test output, and counts each verdict once', () => {
  const text = junit(sample);
  const { document } = parseHTML(text.replace(/^<\?xml.*\n/, ''));
  expect(document.querySelectorAll('testcase')).toHaveLength(sample.requirements.length + 1);
  expect(document.querySelectorAll('failure')).toHaveLength(3);
  expect(document.querySelectorAll('skipped')).toHaveLength(1);
  expect(document.querySelector('testsuites')?.getAttribute('failures')).toBe('3');
  // XML 1.0 section 2.2: these have no place in a document, escaped or not.
  expect(HOSTILE).toContain('\u0000');
  expect(text).not.toContain('\u0000');
  expect(text.isWellFormed()).toBe(true);
  expect(
    text.replace(
      /<\/?(?:testsuites|testsuite|testcase|failure|skipped)\b[^<>]*>|<\?xml[^<>]*\?>/g,
      '',
    ),
  ).not.toMatch(/[<>]/);
});

test('JUnit and CTRF have no tails of escape sequences', () => {
  const [first, ...others] = sample.requirements;
  if (first === undefined) throw new Error('no sample');
  const failure = 'expected \u001b[31mred\u001b[39m to be \u001b[38;5';
  const cut = {
    ...sample,
    requirements: [{ ...first, verdict: 'refuted' as const, failure }, ...others],
  };
  expect(junit(cut)).toContain('message="expected red to be "');
  expect(ctrf(cut)).toContain('"message": "expected red to be "');
});

test('faults are read when they are of this format', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-faults-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(readFaults(directory)).toBeUndefined();
  const report: FaultReport = { ...sampleFaults(), tables: [] };
  for (const [text, expected] of [
    [JSON.stringify(sampleFaults()), sampleFaults()],
    [JSON.stringify(report), report],
    [JSON.stringify({ ...report, format: 2 }), undefined],
    ['{"format":1', undefined],
  ] as const) {
    writeFileSync(join(directory, 'faults.json'), text);
    expect(readFaults(directory)).toEqual(expected);
  }
});

test('mutants are read when they are of this format', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-mutants-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(readMutants(directory)).toBeUndefined();
  const mutants = sampleMutants();
  const tried = mutants.mutants.map((mutant) => ({ ...mutant, durationMs: 1 }));
  const report: MutantReport = { ...mutants, format: 1, mutants: tried };
  for (const [value, expected] of [
    [report, mutants],
    [{ ...report, format: 2 }, undefined],
  ]) {
    writeFileSync(join(directory, 'mutants.json'), JSON.stringify(value));
    expect(readMutants(directory)).toEqual(expected);
  }
});

test('a separate run names its commit, or the content hash without git', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-C', directory, ...args]);
  const commit = (project: string) =>
    ownRunOf(project, { startedAt: new Date(), cgroups: 'v2' }).commit;
  const inner = join(directory, 'unpacked');
  mkdirSync(inner);
  writeFileSync(join(directory, 'file'), 'a');
  expect(commit(directory)).toMatch(/^sha256:[0-9a-f]{64}$/);
  git('init', '--quiet');
  git('add', 'file');
  git('commit', '--quiet', '-m', 'a');
  expect(commit(directory)).toMatch(/^[0-9a-f]{40}$/);
  writeFileSync(join(directory, 'file'), 'b');
  expect(commit(directory)).toMatch(/^[0-9a-f]{40}\+$/);
  // The repository of another project around it is not the tested one.
  expect(commit(inner)).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test.each([
  ['not-proven-here', 'not proven here: a thing'],
  ['unsupported', 'unsupported: a thing'],
] as const)('JUnit and CTRF say of what is %s the same', (verdict, said) => {
  const [first] = sample.requirements;
  if (first === undefined) throw new Error('no sample');
  const one = { ...sample, requirements: [{ ...first, verdict, missing: 'a thing' }] };
  expect(junit(one)).toContain(`<skipped message="${said}"/>`);
  expect(ctrf(one)).toContain(`"message": "${said}"`);
});

test('CTRF counts agree with its tests', () => {
  const { results } = JSON.parse(ctrf(sample));
  const { tests, passed, failed, skipped } = results.summary;
  expect({ tests, passed, failed, skipped }).toEqual({
    tests: results.tests.length,
    passed: results.tests.length - 4,
    failed: 3,
    skipped: 1,
  });
});

test('a comparison reports what became worse and better', () => {
  const comparison = compare(sampleBaseline(), sample);
  expect(comparison.newlyRefuted.map(({ id }) => id)).toEqual(['NET-03', 'SAFE-04']);
  expect(comparison.noLongerProvable.map(({ id }) => id)).toEqual(['LIM-04']);
  expect(comparison.newlyProven.map(({ id }) => id)).toEqual(['CLI-04']);
  expect(hasRegressed(comparison)).toBe(true);
  expect(hasRegressed(compare(sample, sample))).toBe(false);
  const only = { ...sample, requirements: sample.requirements.slice(0, 1) };
  expect(compare(sample, only).notLookedAt).toHaveLength(sample.requirements.length - 1);
  expect(hasRegressed(compare(sample, only))).toBe(false);
});

test('a failed set-up is worse than a baseline, and so is *unsupported*', () => {
  const [first] = sampleBaseline().requirements;
  if (first === undefined) throw new Error('no requirement');
  const run = (verdict: Verdict) => ({ ...sample, requirements: [{ ...first, verdict }] });
  const between = (was: Verdict, is: Verdict) => compare(run(was), run(is));
  expect(between('proven', 'set-up-failed').newlyRefuted).toHaveLength(1);
  expect(between('not-proven-here', 'set-up-failed').newlyRefuted).toHaveLength(1);
  expect(between('set-up-failed', 'refuted').newlyRefuted).toHaveLength(1);
  expect(between('refuted', 'set-up-failed').newlyRefuted).toEqual([]);
  expect(between('proven', 'unsupported').noLongerProvable).toHaveLength(1);
  expect(between('not-proven-here', 'unsupported').noLongerProvable).toEqual([]);
});

const claims = ['A-01', 'A-02', 'B-01'];
const registered = [
  { id: 'A-01', file: 'specs/a.spec.ts' },
  { id: 'A-02', file: 'specs/b.spec.ts' },
];

test.each([
  [
    'every spec owes every requirement, also those without a test',
    ['specs/a.spec.ts', 'specs/b.spec.ts'],
    undefined,
    ['A-01', 'A-02', 'B-01'],
  ],
  ['one file owes its own', ['specs/b.spec.ts', 'runtime/x.test.ts'], undefined, ['A-02']],
  [
    'a name pattern owes what it matches',
    ['specs/a.spec.ts', 'specs/b.spec.ts'],
    /^A-02$/,
    ['A-02'],
  ],
  ['unit tests owe none', ['runtime/x.test.ts'], undefined, []],
])('a run of %s', (_, files, namePattern, ids) => {
  expect(expectedIds(claims, registered, { files: new Set(files), namePattern })).toEqual(ids);
});

test('an audit lists new objects, repeated entries by their number', () => {
  const none: Inventory = {
    mounts: [],
    cgroups: [],
    links: [],
    namespaces: [],
    processes: [],
    'state files': [],
  };
  const before = { ...none, mounts: ['proc on /proc', 'tmpfs on /a'], cgroups: ['/c/terrarium-1'] };
  const after = {
    ...none,
    mounts: ['proc on /proc', 'tmpfs on /a', 'tmpfs on /a'],
    links: ['tr1h'],
  };
  const rows = compareInventories(before, after);
  expect(rows.find(({ what }) => what === 'mounts')).toEqual({
    what: 'mounts',
    before: 2,
    after: 3,
    left: ['tmpfs on /a'],
  });
  expect(rows.find(({ what }) => what === 'links')).toMatchObject({ left: ['tr1h'] });
  expect(rows.find(({ what }) => what === 'cgroups')).toEqual({
    what: 'cgroups',
    before: 1,
    after: 0,
    left: [],
  });
});

test('an inventory of this host knows its mounts and namespaces', () => {
  const inventory = takeInventory();
  expect(inventory.mounts).toContain('proc on /proc');
  expect(inventory.namespaces.some((id) => id.startsWith('net:['))).toBe(true);
});
