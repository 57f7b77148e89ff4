// Reads mutants.json, which `npm run mutants` writes beside the evidence, for the report's
// appendix. Its format is `mutants/report.ts`.
import { join } from 'node:path';
import * as v from 'valibot';
import { count, ownRun, readOwnRun } from './own-run.ts';

const Mutants = v.object({
  ...ownRun,
  population: count,
  mutants: v.array(
    v.object({
      name: v.string(),
      area: v.string(),
      file: v.string(),
      find: v.string(),
      replace: v.string(),
      core: v.boolean(),
      outcome: v.picklist(['refuted', 'broken', 'survived', 'equivalent', 'elsewhere', 'failed']),
      by: v.string(),
      said: v.string(),
    }),
  ),
});

export type Mutants = v.InferOutput<typeof Mutants>;

/**
 * `refuted`: a requirement was refuted, and `by` names it. `broken`: no container starts, which
 * requirements report as *set-up failed*. `survived`: all were proven. `equivalent`: all were
 * proven, and `said` has the reason why the change is invisible. `elsewhere`: this host has another
 * cgroup layout, or lacks a file of the kernel. `failed`: it could not be tested.
 */
export type Outcome = Mutants['mutants'][number]['outcome'];

const NOTICED: readonly Outcome[] = ['refuted', 'broken'];

export interface Score {
  readonly noticed: number;
  readonly counted: number;
}

/** The score of mutants with a visible change on this host. */
export function scoreOf(mutants: readonly { readonly outcome: Outcome }[]): Score {
  const noticed = mutants.filter(({ outcome }) => NOTICED.includes(outcome)).length;
  const survived = mutants.filter(({ outcome }) => outcome === 'survived').length;
  return { noticed, counted: noticed + survived };
}

/** `97.5 %`, rounded down, so that 100 % means all. */
export function percentOf({ noticed, counted }: Score): string {
  return counted === 0 ? 'none' : `${Math.floor((1000 * noticed) / counted) / 10} %`;
}

export function readMutants(directory: string): Mutants | undefined {
  return readOwnRun(join(directory, 'mutants.json'), Mutants);
}
