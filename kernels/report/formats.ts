// The matrix for other programs: JUnit XML with one suite a column, CTRF, and KTAP
// (Documentation/dev-tools/ktap.rst). Pure.
import { xml } from '../../reports/junit.ts';
import { type Cell, type ColumnResult, columnKey, type Matrix } from '../matrix/results.ts';

const STATUS = { proven: 'passed', refuted: 'failed', 'not-proven-here': 'skipped' } as const;

export function matrixJunit(matrix: Matrix): string {
  const cells = matrix.columns.flatMap((column) => column.cells);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="terrarium matrix" ${counts(cells)} time="${seconds(matrix.durationMs)}">`,
    ...matrix.columns.flatMap((column) => [
      `  <testsuite name="${xml(columnKey(column))}" ${counts(column.cells)} time="${seconds(column.timing.wallMs)}" timestamp="${xml(matrix.startedAt)}" hostname="${xml(column.release)}">`,
      ...column.cells.map((cell) => testCase(column, cell)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(cells: readonly Cell[]): string {
  const count = (verdict: Cell['verdict']) =>
    cells.filter((cell) => cell.verdict === verdict).length;
  return `tests="${cells.length}" failures="${count('refuted')}" errors="0" skipped="${count('not-proven-here')}"`;
}

function testCase(column: ColumnResult, { id, verdict, reason, durationMs }: Cell): string {
  const open = `    <testcase classname="${xml(columnKey(column))}" name="${xml(id)}" time="${seconds(durationMs)}"`;
  if (verdict === 'proven') return `${open}/>`;
  const text =
    verdict === 'refuted'
      ? `<failure message="${xml(reason)}"/>`
      : `<skipped message="${xml(`not proven here: ${reason}`)}"/>`;
  return `${open}>${text}</testcase>`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Times are milliseconds. */
export function matrixCtrf(matrix: Matrix): string {
  const tests = matrix.columns.flatMap((column) =>
    column.cells.map(({ id, verdict, reason, durationMs }) => ({
      name: `${columnKey(column)} ${id}`,
      status: STATUS[verdict],
      duration: durationMs,
      ...(reason === '' ? {} : { message: reason }),
      suite: [columnKey(column)],
      extra: { id, verdict, release: column.release, accelerator: column.accelerator },
    })),
  );
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const start = Date.parse(matrix.startedAt);
  const summary = {
    ...{
      tests: tests.length,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
      pending: 0,
      other: 0,
    },
    ...{ start, stop: start + matrix.durationMs },
  };
  const results = {
    tool: { name: 'terrarium' },
    summary,
    tests,
    environment: { osPlatform: 'linux', commit: matrix.commit.id },
  };
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: 'terrarium',
    timestamp: matrix.startedAt,
    results,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** One test a column, the requirements as its subtests. */
export function ktap({ columns }: Matrix): string {
  const lines = ['KTAP version 1', `1..${columns.length}`];
  for (const [index, column] of columns.entries()) {
    lines.push('  KTAP version 1', `  1..${column.cells.length}`);
    for (const [place, { id, verdict, reason }] of column.cells.entries()) {
      const skip = verdict === 'not-proven-here' ? ` # SKIP ${oneLine(reason)}` : '';
      lines.push(`  ${verdict === 'refuted' ? 'not ok' : 'ok'} ${place + 1} ${id}${skip}`);
      if (verdict === 'refuted') lines.push(`  # ${id}: ${oneLine(reason)}`);
    }
    const failed =
      column.outcome !== 'completed' || column.cells.some(({ verdict }) => verdict === 'refuted');
    lines.push(`${failed ? 'not ok' : 'ok'} ${index + 1} ${columnKey(column)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A number sign would begin a directive. */
function oneLine(text: string): string {
  return text.replaceAll(/[#\s]+/g, ' ').trim();
}
