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

/** The guest's outcome, but a timeout if the program took more than `limitS` seconds. */
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
 * The program's own cell is proven if it exited with 0 and kept its plan. If the run did not
 * complete, that cell is refuted with the run's reason. Results reported before that count, unless
 * the kernel had an oops or a hung task.
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

/** Exit code of a kselftest that skips everything (tools/testing/selftests/kselftest.h). */
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
 * Adds a refuted cell to incomplete columns for each test that only other columns have, so that no
 * cell is missing because a guest died. A completed run did not ask what it did not report.
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
