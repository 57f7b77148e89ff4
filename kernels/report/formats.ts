// The matrix for other programs: JUnit XML with one suite a column, CTRF, and KTAP
// (Documentation/dev-tools/ktap.rst). Pure.
import { type CtrfTest, ctrfJson } from '../../reports/ctrf.ts';
import { type JunitCase, junitXml } from '../../reports/junit.ts';
import { type Cell, columnKey, type Matrix } from '../matrix/results.ts';

const STATUS = { proven: 'passed', refuted: 'failed', 'not-proven-here': 'skipped' } as const;

export function matrixJunit({ columns, durationMs, startedAt }: Matrix): string {
  const suites = columns.map((column) => {
    const name = columnKey(column);
    return {
      ...{ name, durationMs: column.timing.wallMs, startedAt, hostname: column.release },
      cases: column.cells.map((cell): JunitCase => ({ classname: name, ...junitCase(cell) })),
    };
  });
  return junitXml('terrarium matrix', durationMs, suites);
}

function junitCase({ id, verdict, reason, durationMs }: Cell): Omit<JunitCase, 'classname'> {
  const found = { name: id, durationMs };
  if (verdict === 'proven') return found;
  return verdict === 'refuted'
    ? { ...found, result: { kind: 'failure', message: reason } }
    : { ...found, result: { kind: 'skipped', message: `not proven here: ${reason}` } };
}

export function matrixCtrf({ columns, startedAt, durationMs, commit }: Matrix): string {
  const tests = columns.flatMap((column) =>
    column.cells.map(
      ({ id, verdict, reason, durationMs: duration }): CtrfTest => ({
        ...{ name: `${columnKey(column)} ${id}`, status: STATUS[verdict], duration },
        ...(reason === '' ? {} : { message: reason }),
        suite: [columnKey(column)],
        extra: { id, verdict, release: column.release, accelerator: column.accelerator },
      }),
    ),
  );
  return ctrfJson({ startedAt, durationMs, commit: commit.id }, tests);
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
