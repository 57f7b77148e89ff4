// What a run leaves: reports/out/mutants.json, which the report shows.
import type { OwnRun } from '../reports/own-run.ts';

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

/** The whole file. */
export interface MutantReport extends OwnRun {
  /** How many there are in the table; `mutants` has those that were tried. */
  readonly population: number;
  readonly mutants: readonly TriedMutant[];
}
