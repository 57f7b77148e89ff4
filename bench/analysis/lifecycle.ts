// Life cycles of all targets side by side, and where the time of one goes. Pure.
import type { Estimate } from '../samples/statistics.ts';
import type { Analysis } from './analysis.ts';
import { API, PEERS } from './goals.ts';

export interface PaceResult {
  readonly target: string;
  readonly title: string;
  /** Nanoseconds. */
  readonly time: Estimate;
  readonly toBaseline: Estimate | undefined;
  readonly toPeer: Estimate | undefined;
}

export interface PaceReport {
  readonly pace: string;
  readonly title: string;
  /** The fastest of crun and runc at this pace. */
  readonly peer: string | undefined;
  readonly results: readonly PaceResult[];
  /** The baseline measured twice: how far from 1 two equal things are in this run. */
  readonly noise: Estimate | undefined;
}

/** Of the plan, in its order, and what is between its operations. */
export interface OperationTime {
  readonly name: string;
  /** Median nanoseconds, and their part of the median life cycle, 0 to 1. */
  readonly ns: number;
  readonly share: number;
}

const PACES = { tight: 'back to back', spaced: 'with pauses', parallel: 'eight at once' };
const OPERATION = 'cycle.operation.';

export function paceReports({ samples, targets }: Analysis): PaceReport[] {
  return Object.entries(PACES).flatMap(([pace, title]) => {
    const quantity = `cycle.${pace}`;
    const peer = samples.fastest(PEERS, quantity);
    const ratio = (target: string, to: string | undefined) =>
      to === undefined
        ? undefined
        : samples.ratio({ target, quantity }, { target: to, quantity })?.ratio;
    const results = targets.flatMap(({ name: target, label }): PaceResult[] => {
      const time = samples.estimate({ target, quantity });
      if (time === undefined) return [];
      const toBaseline = ratio(target, 'baseline');
      return [{ target, title: label, time, toBaseline, toPeer: ratio(target, peer) }];
    });
    if (results.length === 0) return [];
    return [{ pace, title, peer, results, noise: ratio('baseline-again', 'baseline') }];
  });
}

export function operationTimes({ samples }: Analysis): OperationTime[] {
  const of = (quantity: string) => samples.estimate({ target: API, quantity })?.median ?? 0;
  const whole = of('cycle.tight');
  const indexed = samples.quantities(API, OPERATION).map((quantity) => {
    const [, index = '', name = ''] = /^(\d+) (.*)$/.exec(quantity.slice(OPERATION.length)) ?? [];
    return { index: Number(index), name, ns: of(quantity) };
  });
  if (indexed.length === 0) return [];
  return [
    ...indexed.sort((a, b) => a.index - b.index).map(({ name, ns }) => ({ name, ns })),
    { name: 'between: workload and waiting', ns: of('cycle.between') },
  ].map(({ name, ns }) => ({ name, ns, share: ns / whole }));
}
