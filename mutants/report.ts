// The format of reports/out/mutants.json, which the report shows.
import type { Outcome } from '../reports/runs/mutants.ts';
import type { OwnRun } from '../reports/runs/own-run.ts';

/** Characters of `said`. */
export const MOST_SAID = 400;

export interface TriedMutant {
  readonly name: string;
  readonly area: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly core: boolean;
  readonly outcome: Outcome;
  /** The requirement that noticed it; empty if none did. */
  readonly by: string;
  /** How it was noticed, or why not: the assertion, the reason. At most 400 characters. */
  readonly said: string;
  readonly durationMs: number;
}

/** The whole file. */
export interface MutantReport extends OwnRun {
  /** Number of mutants in the table; `mutants` has the tested ones. */
  readonly population: number;
  readonly mutants: readonly TriedMutant[];
}
