// The tables of a run as one file, with where and of what they are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { readHostFacts } from '../runtime/host/read.ts';
import type { FaultReport, FaultTable } from './table.ts';

export function hasProblems({ outcomes, cases }: FaultTable): boolean {
  const wrong = outcomes.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id);
  return cases.some(({ outcome }) => wrong.includes(outcome));
}

export function reportOf(
  tables: readonly FaultTable[],
  seed: number,
  startedAt: Date,
  repository: string,
): FaultReport {
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit: commitOf(repository),
    kernel: release(),
    cgroups: readHostFacts().cgroup.mode,
    seed,
    tables,
  };
}

function commitOf(repository: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain', '-uno') ? '+' : ''}`;
  } catch {
    return '';
  }
}

/** The report with the other tables of the file, when that is of the same commit. */
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

export function write(file: string, report: FaultReport): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`);
}
