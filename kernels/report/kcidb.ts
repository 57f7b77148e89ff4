// The matrix as a report for KCIDB, the database of KernelCI: a build for each column, a test for
// each cell and each column.
// Schema 5.3, the newest of kcidb-io (kernelci/kcidb-io, kcidb_io/schema/v05_03.py, 2026-02). Pure.
import { createHash } from 'node:crypto';
import type { OutcomeKind } from '../guest/outcome.ts';
import {
  type Cell,
  type ColumnResult,
  columnKey,
  isCutShort,
  type Matrix,
} from '../matrix/results.ts';

/**
 * Name of the submitting CI system, before the colon of every ID: `[a-z0-9_]+`. Replace it to
 * submit under another name.
 */
const ORIGIN = 'terrarium';
/** Most characters of `log_excerpt` in the schema. */
const EXCERPT = 16_384;

/**
 * The report as JSON text. A column is a `build` of a `checkout` without a commit, since the source
 * of a package or of a user's image is unknown here. IDs derive from the run, so two runs give two
 * reports, and one run always the same.
 */
export function kcidb(matrix: Matrix): string {
  const run = createHash('sha256')
    .update(`${matrix.startedAt} ${matrix.command} ${matrix.commit.id}`)
    .digest('hex')
    .slice(0, 16);
  const report = {
    version: { major: 5, minor: 3 },
    checkouts: matrix.columns.map((column) => checkoutOf(run, column, matrix)),
    builds: matrix.columns.map((column) => buildOf(run, column, matrix)),
    tests: matrix.columns.flatMap((column) => [
      suiteTest(run, column, matrix),
      ...column.cells.map((cell, index) => cellTest(run, column, matrix, cell, index)),
    ]),
  };
  return `${JSON.stringify(report, withoutNul, 2)}\n`;
}

/** No string of the schema may hold a NUL. */
function withoutNul(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}

function idOf(run: string, ...parts: readonly string[]): string {
  return `${ORIGIN}:${[run, ...parts].join('/')}`;
}

function checkoutOf(run: string, column: ColumnResult, { startedAt }: Matrix) {
  return {
    id: idOf(run, columnKey(column)),
    origin: ORIGIN,
    comment: packagesOf(column) || `the kernel of ${columnKey(column)}`,
    start_time: startedAt,
    valid: column.outcome !== 'unobtainable',
  };
}

function packagesOf({ packages }: ColumnResult): string {
  return packages.map(({ name, version }) => `${name} ${version}`).join(', ');
}

function buildOf(run: string, column: ColumnResult, { startedAt }: Matrix) {
  const { kernel, release, packages } = column;
  return {
    checkout_id: idOf(run, columnKey(column)),
    id: idOf(run, columnKey(column)),
    origin: ORIGIN,
    comment: release === '' ? kernel : release,
    start_time: startedAt,
    architecture: 'x86_64',
    config_name: kernel,
    misc: { packages },
  };
}

/** What a column's tests have in common. `place`: unique among them. */
function testOf(run: string, column: ColumnResult, matrix: Matrix, place: string) {
  const { layout, accelerator, append, outcome } = column;
  const machine = accelerator === 'none' ? 'not emulated' : accelerator;
  return {
    build_id: idOf(run, columnKey(column)),
    id: idOf(run, columnKey(column), place),
    origin: ORIGIN,
    environment: {
      comment: `cgroups ${layout}, ${machine}`,
      misc: { layout, accelerator, append, outcome },
    },
    start_time: matrix.startedAt,
  };
}

/** The whole column: the death of its guest is a finding, too. */
function suiteTest(run: string, column: ColumnResult, matrix: Matrix) {
  const { outcome, reason, timing } = column;
  const statuses = column.cells.map((cell) => cellStatus(cell, column));
  const worst = PRIORITY.find((status) => statuses.includes(status)) ?? 'MISS';
  return {
    ...testOf(run, column, matrix, 'all'),
    path: suiteOf(matrix),
    comment: outcome === 'completed' ? `all of ${columnKey(column)}` : `${outcome}: ${reason}`,
    ...(reason === '' ? {} : { log_excerpt: reason.slice(0, EXCERPT) }),
    status: outcome === 'completed' ? worst : OUTCOME_STATUS[outcome],
    duration: timing.wallMs / 1000,
    misc: { command: matrix.command, commit: matrix.commit.id },
  };
}

function cellTest(run: string, column: ColumnResult, matrix: Matrix, cell: Cell, index: number) {
  const { id, reason, verdict, durationMs } = cell;
  return {
    ...testOf(run, column, matrix, String(index + 1)),
    path: [suiteOf(matrix), ...id.split(' / ').map(pathPart)].join('.'),
    comment: id,
    ...(reason === '' ? {} : { log_excerpt: reason.slice(0, EXCERPT) }),
    status: cellStatus(cell, column),
    duration: durationMs / 1000,
    misc: { verdict },
  };
}

type Status = 'FAIL' | 'ERROR' | 'MISS' | 'PASS' | 'SKIP';

/** Highest first, as the schema sums up: a collection has the highest of its tests. */
const PRIORITY: readonly Status[] = ['FAIL', 'ERROR', 'MISS', 'PASS', 'SKIP'];

/**
 * FAIL: the kernel is faulty; ERROR: the job did not finish, for an unknown reason; MISS: the
 * harness could not run it.
 */
const OUTCOME_STATUS: Readonly<Record<Exclude<OutcomeKind, 'completed'>, Status>> = {
  panic: 'FAIL',
  oops: 'FAIL',
  'hung-task': 'FAIL',
  'out-of-memory': 'ERROR',
  timeout: 'ERROR',
  silent: 'ERROR',
  'no-results': 'ERROR',
  'disk-full': 'MISS',
  'no-root': 'MISS',
  killed: 'MISS',
  unobtainable: 'MISS',
};

/** A test that its run did not get to is MISS. */
function cellStatus(cell: Cell, column: ColumnResult): Status {
  if (cell.verdict === 'proven') return 'PASS';
  if (cell.verdict === 'not-proven-here') return 'SKIP';
  return isCutShort(cell, column) ? 'MISS' : 'FAIL';
}

function suiteOf({ exec }: Matrix): string {
  return exec === undefined ? 'terrarium' : pathPart(programOf(exec));
}

function programOf(command: string): string {
  return command.trim().split(/\s+/, 1)[0]?.split('/').at(-1) ?? '';
}

/** A part of a path has letters, digits, `_` and `-`. */
function pathPart(text: string): string {
  return text.replaceAll(/[^\w-]+/g, '_').replaceAll(/^_+|_+$/g, '') || '_';
}
