// The cells of a test program: one for each test that it reported, and one for the program itself.
// Pure.
import { constants } from 'node:os';
import type { Program, ProgramEnd } from '../exec/program.ts';
import { isFailure, parseTap, type TapReport, type TapTest } from '../exec/tap.ts';
import type { Outcome } from '../guest/outcome.ts';
import type { Cell, ColumnResult } from './results.ts';

/** The shell's: not executable, not found. */
const NOT_RUN: readonly number[] = [126, 127];
const LONGEST = 300;

/**
 * How a run of the program ended: as its guest did (`guest`), except that a program which takes
 * more than `limitS` seconds is a time-out.
 */
export function outcomeOfProgram(
  { name }: Program,
  end: ProgramEnd,
  guest: Outcome,
  limitS: number,
): Outcome {
  if (guest.kind !== 'completed' || !end.timedOut) return guest;
  const last = lastLine(end.stdout) || lastLine(end.stderr);
  const said = last === '' ? 'it printed nothing' : `its last line was: ${last}`;
  return { kind: 'timeout', reason: `${name} did not end within ${limitS} s; ${said}` };
}

/**
 * The program's own cell is proven when it ended with 0 and kept its plan. In a run that did not
 * complete the program is refuted with that reason; what it reported before stands, unless the
 * kernel stumbled.
 */
export function execCells(program: Program, end: ProgramEnd, outcome: Outcome): Cell[] {
  const report = parseTap(end.stdout);
  const stumbled = outcome.kind === 'oops' || outcome.kind === 'hung-task';
  const tests = (report?.tests ?? []).map((test) =>
    stumbled
      ? { ...cellOf(test), verdict: 'refuted' as const, reason: outcome.reason }
      : cellOf(test),
  );
  const own = ownCell(program, end, outcome, report);
  const taken = tests.some(({ id }) => id === own.id);
  return [...tests, taken ? { ...own, id: `${own.id} (the program)` } : own];
}

function cellOf({ name, ok, directive, reason, durationMs }: TapTest): Cell {
  const failed = isFailure({ ok, directive });
  const skipped = directive === 'skip' || (!ok && !failed);
  const words =
    directive === undefined || directive === 'skip' ? reason : `${directive}: ${reason}`;
  return {
    id: name,
    verdict: failed ? 'refuted' : skipped ? 'not-proven-here' : 'proven',
    reason: failed || skipped ? shortened(words) || 'it does not say why' : '',
    durationMs,
  };
}

function ownCell(
  program: Program,
  end: ProgramEnd,
  outcome: Outcome,
  report: TapReport | undefined,
): Cell {
  const cell = { id: program.name, durationMs: end.durationMs };
  if (outcome.kind !== 'completed') return { ...cell, verdict: 'refuted', reason: outcome.reason };
  const bySkipping = report?.skipped !== undefined && report.tests.length === 0;
  if (bySkipping && (end.exitCode === 0 || end.exitCode === KSFT_SKIP))
    return { ...cell, verdict: 'not-proven-here', reason: shortened(report.skipped ?? '') };
  const wrong = [...exitProblems(program, end), ...(report?.problems ?? [])];
  return wrong.length === 0
    ? { ...cell, verdict: 'proven', reason: '' }
    : { ...cell, verdict: 'refuted', reason: shortened(wrong.join('; ')) };
}

/** What a kselftest that skips all ends with (tools/testing/selftests/kselftest.h). */
const KSFT_SKIP = 4;

function exitProblems(
  { interpreter }: Program,
  { exitCode, stdout, stderr }: ProgramEnd,
): string[] {
  if (exitCode === 0) return [];
  if (exitCode === undefined) return ['its exit code did not arrive'];
  if (NOT_RUN.includes(exitCode) && interpreter !== undefined && stdout === '')
    return [`exit code ${exitCode}: is ${interpreter} there? guests have sh, bash and node`];
  const last = lastLine(stderr);
  const said = last === '' ? '' : `; standard error ends: ${last}`;
  const signal = Object.entries(constants.signals).find(([, one]) => one === exitCode - 128)?.[0];
  return signal === undefined
    ? [`exit code ${exitCode}${said}`]
    : [`ended by ${signal} (exit code ${exitCode})${said}`];
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

/**
 * Gives a column whose run did not complete a red cell for each test that only other columns have:
 * no cell is missing because a guest died. What a completed run did not report was not asked there.
 */
export function withMissingCells(columns: readonly ColumnResult[]): ColumnResult[] {
  const ids = [...new Set(columns.flatMap(({ cells }) => cells.map(({ id }) => id)))];
  return columns.map((column) => {
    if (column.outcome === 'completed') return column;
    const missing = ids
      .filter((id) => !column.cells.some((cell) => cell.id === id))
      .map((id): Cell => ({ id, verdict: 'refuted', reason: column.reason, durationMs: 0 }));
    return { ...column, cells: [...column.cells, ...missing] };
  });
}
