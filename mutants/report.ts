// What a run leaves: reports/out/mutants.json, which the report shows.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';

/** Characters of `said`. */
export const MOST_SAID = 400;

/**
 * `refuted`: a requirement was, which is named; `broken`: nothing starts any more, which the
 * requirements notice as *set-up failed*; `survived`: all were proven; `equivalent`: the same, and
 * the reason why nothing can be seen; `elsewhere`: of the other layout of control groups; `failed`:
 * could not be tried.
 */
export type Outcome = 'refuted' | 'broken' | 'survived' | 'equivalent' | 'elsewhere' | 'failed';

export interface TriedMutant {
  readonly name: string;
  readonly area: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly core: boolean;
  readonly outcome: Outcome;
  /** The requirement that noticed it; empty when none did. */
  readonly by: string;
  /** How it was noticed, or why not: the assertion, the reason. At most 400 characters. */
  readonly said: string;
  readonly durationMs: number;
}

/** The whole file. `format` changes when a field changes its meaning. */
export interface MutantReport {
  readonly format: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** With `+` for local changes; empty without git. */
  readonly commit: string;
  readonly kernel: string;
  readonly cgroups: string;
  /** How many there are in the table; `mutants` has those that were tried. */
  readonly population: number;
  readonly mutants: readonly TriedMutant[];
}

export function reportOf(
  mutants: readonly TriedMutant[],
  {
    startedAt,
    population,
    cgroups,
    checkout,
  }: {
    readonly startedAt: Date;
    readonly population: number;
    readonly cgroups: string;
    readonly checkout: string;
  },
): MutantReport {
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit: commitOf(checkout),
    kernel: release(),
    cgroups,
    population,
    mutants,
  };
}

function commitOf(checkout: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', checkout, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain', '-uno') ? '+' : ''}`;
  } catch {
    return '';
  }
}

export function write(file: string, report: MutantReport): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`);
}
