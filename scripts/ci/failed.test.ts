// The last screen of a failed run names what failed.
import { expect, test } from 'vitest';
import { cell, column } from '../../kernels/matrix/example-matrix.ts';
import { sampleEvidence } from '../../reports/sample.ts';
import {
  failedChecks,
  failedFaults,
  failedGuests,
  failedInLog,
  failedMutants,
  failedRequirements,
  failedSubjects,
  summaryOf,
} from './failed.ts';

test('refuted requirements and failed unit tests have their errors', () => {
  const failures = failedRequirements(sampleEvidence());
  expect(failures.map(({ name }) => name)).toEqual([
    'NET-03 is refuted',
    'SAFE-04 is refuted',
    'runtime/config/units.test.ts › a size',
  ]);
  expect(failures.at(-1)?.lines[0]).toBe('expected 1 to be 2');
  for (const { lines } of failures) expect(lines[0]).not.toBe('');
});

test('a subject has its differences, and the errors of these requirements', () => {
  const run = {
    subjects: [
      { name: 'by-hand', verdicts: {}, differences: [] },
      { name: 'by-hand-without-ps', verdicts: {}, differences: ['NET-03 is refuted'] },
      { name: 'by-hand-without-all', verdicts: {}, differences: ['PS-01 was not run'] },
    ],
  };
  const evidenceOf = (name: string) =>
    name === 'by-hand-without-ps' ? sampleEvidence() : undefined;
  const [first, second, ...more] = failedSubjects(run, evidenceOf);
  expect(first?.name).toBe('by-hand-without-ps');
  expect(first?.lines[0]).toBe('NET-03 is refuted');
  expect(first?.lines.length).toBeGreaterThan(1);
  expect(second).toEqual({ name: 'by-hand-without-all', lines: ['PS-01 was not run'] });
  expect(more).toEqual([]);
});

test('cases, mutants, guests and checks that failed, and no others', () => {
  const outcomes = [
    { id: 'went', title: '', verdict: 'right' },
    { id: 'hang', title: '', verdict: 'wrong' },
  ] as const;
  const one = { scenario: 'shell', exitCode: 0, signal: null, durationMs: 1, leftAfterGc: [] };
  const case_ = { ...one, problems: ['it hung'], left: ['a mount'], message: 'two\nlines' };
  const head = { id: 'faults', title: '', about: '', population: 2, scenarios: [] } as const;
  const cases = [
    { ...case_, id: 'shell:1', outcome: 'went' },
    { ...case_, id: 'shell:2', outcome: 'hang' },
  ];
  expect(failedFaults({ tables: [{ ...head, outcomes, cases }] })).toEqual([
    { name: 'shell:2: hang', lines: ['it hung', 'a mount', 'two', 'lines'] },
  ]);

  const mutant = { area: '', file: '', find: '', replace: '', core: true, by: '', durationMs: 0 };
  const mutants = (['refuted', 'survived', 'failed'] as const).map((outcome) => ({
    ...{ ...mutant, name: `a-${outcome}`, outcome, said: 'why' },
  }));
  expect(failedMutants({ mutants }).map(({ name }) => name)).toEqual([
    'a-survived: survived',
    'a-failed: failed',
  ]);

  const panic = { outcome: 'panic', reason: 'it died' } as const;
  const columns = [
    column('a', [cell('NS-01', 'proven')]),
    column('b', [cell('NS-01', 'refuted', 'EPERM')]),
    column('c', [], panic),
    column('d', [cell('NS-01', 'refuted', 'EPERM'), cell('NS-02', 'refuted', 'it died')], panic),
  ];
  expect(failedGuests({ columns })).toEqual([
    { name: 'b, cgroup v2: completed', lines: ['', 'NS-01: EPERM'] },
    { name: 'c, cgroup v2: panic', lines: ['it died'] },
    { name: 'd, cgroup v2: panic', lines: ['it died', 'NS-01: EPERM'] },
  ]);

  const checks = (status: string) => [
    { fullName: 'a check', status, failureMessages: ['no\nway'] },
  ];
  const file = { name: 'x.check.ts', message: 'cannot be loaded' };
  const testResults = [
    { ...file, status: 'failed', assertionResults: checks('failed') },
    { ...file, status: 'passed', assertionResults: checks('passed') },
    { ...file, status: 'failed', assertionResults: [] },
  ];
  expect(failedChecks({ testResults })).toEqual([
    { name: 'a check', lines: ['no', 'way'] },
    { name: 'x.check.ts', lines: ['cannot be loaded'] },
  ]);
});

test('a log is shown from its first mark of a failure, or its end', () => {
  const many = Array.from({ length: 40 }, (_, at) => `line ${at}`);
  const marked = ['✓ types', '\x1b[31m✗\x1b[39m format', 'why', '✓ rooms', 'npm error code 1'];
  expect(failedInLog(marked.join('\n'))[0]?.lines).toEqual(marked.slice(1, 4));
  expect(failedInLog(many.join('\n'))[0]?.lines).toEqual(many.slice(-16));
});

test.each([1, 3, 14])(
  'the summary of %i steps fits, and names each step and a failure',
  (count) => {
    const lines = Array.from(
      { length: 50 },
      (_, at) => `\x1b[31mline ${at}\x1b[39m ${'x'.repeat(300)}`,
    );
    const failures = Array.from({ length: 70 }, (_, at) => ({ name: `NET-${at}`, lines }));
    const steps = Array.from({ length: count }, (_, at) => ({ step: `step${at}`, failures }));
    const summary = summaryOf(steps, 59);
    expect(summary.length).toBeLessThanOrEqual(59);
    for (const { step } of steps) expect(summary).toContain(`  ${step}`);
    expect(summary.filter((line) => line === '    ✗ NET-0')).toHaveLength(count);
    expect(summary.filter((line) => line.includes('\x1b') || line.length > 170)).toEqual([]);
  },
);

test('a single failure has its first lines', () => {
  const failures = [{ name: 'NET-03 is refuted', lines: ['Error: no', '', '  at x'] }];
  expect(summaryOf([{ step: 'verify', failures }], 59)).toEqual([
    '  verify',
    '    ✗ NET-03 is refuted',
    '        Error: no',
    '          at x',
  ]);
});
