// The samples, sorted: one series per target, pace and quantity, by round; and the steps of the
// plan.

import {
  type Estimate,
  estimate,
  estimateRatio,
  median,
  type Rounds,
} from '../samples/statistics.ts';
import type { Taken } from './rounds.ts';
import type { PaceName } from './target.ts';

export type Quantity = 'ns' | 'busyNs' | 'stretchNs';

export interface StepSummary {
  readonly index: number;
  readonly phase: string;
  readonly kind: string;
  /** Median nanoseconds. */
  readonly ns: number;
  /** Part of the median life cycle, 0 to 1. */
  readonly share: number;
}

/** All samples of a run, to be asked for medians and ratios. */
export class Series {
  readonly #taken: readonly Taken[];

  constructor(taken: readonly Taken[]) {
    this.#taken = taken;
  }

  rounds(target: string, pace: PaceName, quantity: Quantity = 'ns'): Rounds {
    const mine = this.#taken.filter((sample) => sample.target === target && sample.pace === pace);
    const groups = Map.groupBy(mine, ({ round }) => round);
    return [...groups.values()].map((samples) =>
      samples.flatMap((sample) => sample[quantity] ?? []),
    );
  }

  /** Nanoseconds; undefined when there is no sample. */
  estimate(target: string, pace: PaceName, quantity: Quantity = 'ns'): Estimate | undefined {
    const rounds = this.rounds(target, pace, quantity);
    return rounds.flat().length === 0 ? undefined : estimate(rounds);
  }

  ratio(target: string, to: string, pace: PaceName): Estimate | undefined {
    const [above, below] = [this.rounds(target, pace), this.rounds(to, pace)];
    return above.length === 0 || below.length === 0 ? undefined : estimateRatio(above, below);
  }

  /** The one with the smallest median among those that were measured. */
  fastest(targets: readonly string[], pace: PaceName): string | undefined {
    const middle = (target: string) => median(this.rounds(target, pace).flat());
    return targets
      .filter((target) => !Number.isNaN(middle(target)))
      .sort((a, b) => middle(a) - middle(b))[0];
  }

  /**
   * Each operation of the plan in order, and what is between them: waiting, JavaScript, the
   * container's own life.
   */
  steps(target: string, pace: PaceName): StepSummary[] {
    const mine = this.#taken.filter(
      (sample) => sample.target === target && sample.pace === pace && sample.steps !== undefined,
    );
    const whole = median(mine.map(({ ns }) => ns));
    const steps = mine.flatMap((sample) => sample.steps ?? []);
    const summaries = [
      ...Map.groupBy(steps, ({ phase, index, kind }) => `${phase} ${index} ${kind}`).values(),
    ].flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const ns = median(same.map((step) => step.ns));
      return [{ index: first.index, phase: first.phase, kind: first.kind, ns, share: ns / whole }];
    });
    if (summaries.length === 0) return [];
    const rest = median(
      mine.map(({ ns, steps: own }) => ns - (own ?? []).reduce((sum, step) => sum + step.ns, 0)),
    );
    return [
      ...summaries,
      {
        index: summaries.length,
        phase: 'between',
        kind: 'workload and waiting',
        ns: rest,
        share: rest / whole,
      },
    ];
  }
}
