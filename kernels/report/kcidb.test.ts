// KCIDB's rules for submissions, by an independent validator: the allowed and required fields of a
// checkout, a build and a test in schema 5.3, and their values
// (kernelci/kcidb-io, kcidb_io/schema/v05_03.py; patterns of v03_00.py and v04_00.py).
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { matrix } from '../matrix/example-matrix.ts';
import type { Cell, ColumnResult, Matrix } from '../matrix/results.ts';
import { kcidb } from './kcidb.ts';

const text = { type: 'string', pattern: '^[^\\0]*$' };
const time = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
};
const id = { type: 'string', pattern: '^[a-z0-9_]+:[^\\0]*$' };
const free = { type: 'object' };
const status = { enum: ['FAIL', 'ERROR', 'MISS', 'PASS', 'DONE', 'SKIP'] };
const object = (required: readonly string[], properties: Record<string, unknown>) => ({
  ...{ type: 'object', additionalProperties: false, required, properties },
});
const common = {
  id,
  origin: { type: 'string', pattern: '^[a-z0-9_]+$' },
  comment: text,
  misc: free,
};
const log = { log_url: text, log_excerpt: { ...text, maxLength: 16384 } };
const names = (...all: readonly string[]) => Object.fromEntries(all.map((name) => [name, text]));
const SCHEMA = object(['version'], {
  version: object(['major'], {
    major: { const: 5 },
    minor: { type: 'integer', minimum: 0, maximum: 3 },
  }),
  checkouts: {
    type: 'array',
    items: object(['id', 'origin'], {
      ...{ ...common, ...log, start_time: time, valid: { type: 'boolean' } },
      ...names('tree_name', 'git_repository_url', 'git_commit_name', 'git_repository_branch'),
      git_commit_hash: { type: 'string', pattern: '^[0-9a-f]{40}$' },
    }),
  },
  builds: {
    type: 'array',
    items: object(['checkout_id', 'id', 'origin'], {
      ...{ ...common, ...log, checkout_id: id, start_time: time, duration: { type: 'number' } },
      architecture: { type: 'string', pattern: '^[a-z0-9_]*$' },
      ...{ ...names('command', 'compiler', 'config_name', 'config_url'), status },
    }),
  },
  tests: {
    type: 'array',
    items: object(['build_id', 'id', 'origin'], {
      ...{
        ...common,
        ...log,
        build_id: id,
        start_time: time,
        duration: { type: 'number' },
        status,
      },
      environment: object([], { comment: text, misc: free, compatible: { type: 'array' } }),
      path: { type: 'string', pattern: '^([a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*)?$' },
    }),
  },
});
const validate = new Ajv().compile(SCHEMA);

const cell = (name: string, verdict: Cell['verdict'], reason = ''): Cell => ({
  ...{ id: name, verdict, reason, durationMs: 1500 },
});
const column = (cells: readonly Cell[], more: Partial<ColumnResult> = {}): ColumnResult => ({
  ...{ kernel: 'debian-6.12', layout: 'v2', release: '6.12.1', accelerator: 'tcg', cells },
  ...{ outcome: 'completed', reason: '', append: [], timing: { wallMs: 9000 } },
  packages: [{ name: 'linux-image-6.12.1', version: '6.12.1-1', sha256: 'ab' }],
  ...more,
});
function reportOf(run: Matrix) {
  const report = JSON.parse(kcidb(run));
  expect([validate(report), validate.errors]).toEqual([true, null]);
  return report;
}
const statuses = (run: Matrix) =>
  reportOf(run).tests.map((test: { path: string; status: string }) => [test.path, test.status]);

const MIXED = [
  ...[cell('NS-01', 'proven'), cell('LIM-01', 'refuted', 'no \0 limit')],
  cell('LIM-04', 'not-proven-here', 'no cpuset'),
];

describe('a report for KCIDB', () => {
  it('has a build a column, and a test for it and for each cell', () => {
    const report = reportOf(matrix(column(MIXED)));
    expect(report.builds).toHaveLength(1);
    expect(report.builds[0].checkout_id).toBe(report.checkouts[0].id);
    expect(report.checkouts[0].comment).toBe('linux-image-6.12.1 6.12.1-1');
    expect(new Set(report.tests.map((test: { build_id: string }) => test.build_id))).toEqual(
      new Set([report.builds[0].id]),
    );
    expect(statuses(matrix(column(MIXED)))).toEqual([
      ['terrarium', 'FAIL'],
      ['terrarium.NS-01', 'PASS'],
      ['terrarium.LIM-01', 'FAIL'],
      ['terrarium.LIM-04', 'SKIP'],
    ]);
    expect(report.tests[2].duration).toBe(1.5);
  });

  it('names a program’s tests by their path', () => {
    const cells = [cell('suite / opens a file', 'proven'), cell('my-tests', 'proven')];
    const run = { ...matrix(column(cells)), exec: './dir/my-tests -v' };
    expect(statuses(run)).toEqual([
      ['my-tests', 'PASS'],
      ['my-tests.suite.opens_a_file', 'PASS'],
      ['my-tests.my-tests', 'PASS'],
    ]);
  });

  it.each([
    ['panic', 'FAIL'],
    ['timeout', 'ERROR'],
    ['unobtainable', 'MISS'],
  ] as const)('tells a %s from what was not run for it', (outcome, status) => {
    const cells = [cell('A', 'proven'), cell('B', 'refuted', 'why')];
    const run = matrix(column(cells, { outcome, reason: 'why', release: '', packages: [] }));
    expect(statuses(run)).toEqual([
      ['terrarium', status],
      ['terrarium.A', 'PASS'],
      ['terrarium.B', 'MISS'],
    ]);
    expect(reportOf(run).checkouts[0].valid).toBe(outcome !== 'unobtainable');
  });

  it('has IDs of its own for each run, the same for the same run', () => {
    const ids = (run: Matrix) => reportOf(run).tests.map((test: { id: string }) => test.id);
    const run = matrix(column(MIXED), column(MIXED, { layout: 'v1' }));
    expect(ids(run)).toEqual(ids(run));
    expect(new Set(ids(run)).size).toBe(8);
    const later = { ...run, startedAt: '2026-01-02T00:00:00.000Z' };
    expect(ids(later).some((one: string) => ids(run).includes(one))).toBe(false);
  });

  it('is checked by rules that refuse what KCIDB does not know', () => {
    const report = reportOf(matrix(column(MIXED)));
    expect(validate({ ...report, tests: [{ ...report.tests[0], verdict: 'FAIL' }] })).toBe(false);
    expect(validate({ ...report, tests: [{ ...report.tests[0], path: 'a b' }] })).toBe(false);
    expect(validate({ ...report, builds: [{ id: 'terrarium:1', origin: 'terrarium' }] })).toBe(
      false,
    );
  });
});
