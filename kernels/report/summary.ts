// What a run says at its end, on the terminal: regressions first, then what is refuted, then the
// counts of every column.
import { MARK } from '../../reports/render/words.ts';
import {
  CELL_VERDICTS,
  columnKey,
  type Difference,
  disagreements,
  isCutShort,
  type Matrix,
  type MatrixComparison,
} from '../matrix/results.ts';
import { ktap } from './formats.ts';

export function summary(
  matrix: Matrix,
  comparison: MatrixComparison | undefined,
  page: string,
  asKtap: boolean,
): string {
  const lines = [
    ...(asKtap ? [ktap(matrix)] : []),
    ...(comparison === undefined ? [] : changes(comparison)),
    ...refuted(matrix),
    '',
    ...matrix.columns.map((column) => {
      const count = (verdict: string) =>
        column.cells.filter((cell) => cell.verdict === verdict).length;
      const words = CELL_VERDICTS.map((verdict) => `${count(verdict)} ${MARK[verdict].word}`);
      const { outcome, reason, release } = column;
      const trouble = outcome === 'completed' ? [] : [` ${outcome}: ${reason}`];
      const name = columnKey(column).padEnd(22);
      return [` `, name, release.padEnd(30), words.join(' · '), ...trouble].join(' ');
    }),
    matrix.columns.length > 1
      ? `  the columns differ on ${disagreements(matrix).join(', ') || 'nothing'}`
      : '',
    `  matrix  ${page}`,
  ];
  return lines.join('\n');
}

function changes({
  newlyRefuted,
  noLongerProvable,
  newlyProven,
  notRun,
}: MatrixComparison): string[] {
  const list = (heading: string, all: readonly Difference[]) =>
    all.length === 0
      ? []
      : [
          `  ${heading}:`,
          ...all.map(
            ({ column, id, is, reason }) =>
              `    ${MARK[is].sign} ${id} on ${column}${reason === '' ? '' : `: ${reason}`}`,
          ),
        ];
  const changed = [
    ...list('newly refuted', newlyRefuted),
    ...list('no longer provable', noLongerProvable),
    ...list('newly proven', newlyProven),
  ];
  const absent = notRun.length === 0 ? [] : [`  not run this time: ${notRun.join(', ')}`];
  return [
    '',
    ...(changed.length === 0 ? ['  no verdict changed since the baseline'] : changed),
    ...absent,
  ];
}

/** A guest that died is one line, not one for each of its cells. */
function refuted({ columns }: Matrix): string[] {
  return columns.flatMap((column) =>
    column.cells
      .filter((cell) => cell.verdict === 'refuted' && !isCutShort(cell, column))
      .map(({ id, reason }) => `  ✗ ${id} on ${columnKey(column)}: ${reason}`),
  );
}
