// The report of a run's tables, merged with the file of an earlier one.
import { readFileSync } from 'node:fs';
import type { FaultReport, FaultTable } from '../table/table.ts';

export function hasProblems({ outcomes, cases }: FaultTable): boolean {
  const wrong = outcomes.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id);
  return cases.some(({ outcome }) => wrong.includes(outcome));
}

/** The report plus the other tables of the file, if it is of the same commit. */
export function addedTo(file: string, report: FaultReport): FaultReport {
  let before: FaultReport;
  try {
    before = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return report;
  }
  if (before.format !== report.format || before.commit !== report.commit) return report;
  const fresh = new Set(report.tables.map(({ id }) => id));
  return {
    ...report,
    startedAt: before.startedAt,
    durationMs: before.durationMs + report.durationMs,
    tables: [...before.tables.filter(({ id }) => !fresh.has(id)), ...report.tables],
  };
}
