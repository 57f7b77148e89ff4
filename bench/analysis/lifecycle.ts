// Life cycles of all targets side by side, and where the time of one goes. Pure.
import { OPERATION } from '../samples/records.ts';
import type { Analysis } from './analysis.ts';
import { API, PEERS } from './goals.ts';

export type PaceReport = ReturnType<typeof paceReports>[number];

const PACES = { tight: 'back to back', spaced: 'with pauses', parallel: 'eight at once' };

/**
 * Nanoseconds of each target at each pace, to the baseline and to `peer`, the fastest of crun and
 * runc. `noise`: the baseline measured twice, how far from 1 two equal things are in this run.
 */
export function paceReports({ samples, targets }: Analysis) {
  return Object.entries(PACES).flatMap(([pace, title]) => {
    const quantity = `cycle.${pace}`;
    const peer = samples.fastest(PEERS, quantity);
    const ratio = (target: string, to = '') =>
      samples.ratio({ target, quantity }, { target: to, quantity })?.ratio;
    const results = targets.flatMap(({ name: target, label }) => {
      const time = samples.estimate({ target, quantity });
      if (time === undefined) return [];
      const ratios = { toBaseline: ratio(target, 'baseline'), toPeer: ratio(target, peer) };
      return [{ target, title: label, time, ...ratios }];
    });
    const noise = ratio('baseline-again', 'baseline');
    return results.length === 0 ? [] : [{ pace, title, peer, results, noise }];
  });
}

/**
 * Median nanoseconds of the plan's operations, in its order, and of what is between them; `share`:
 * of the median life cycle, 0 to 1.
 */
export function operationTimes({ samples }: Analysis) {
  const of = (quantity: string) => samples.estimate({ target: API, quantity })?.median ?? 0;
  const whole = of('cycle.tight');
  const indexed = samples.named(API, OPERATION.cycle).map(({ quantity, name: both }) => {
    const [, index = '', name = ''] = /^(\d+) (.*)$/.exec(both) ?? [];
    return { index: Number(index), name, ns: of(quantity) };
  });
  if (indexed.length === 0) return [];
  const between = { name: 'between: workload and waiting', ns: of('cycle.between') };
  const order = [...indexed.sort((a, b) => a.index - b.index), between];
  return order.map(({ name, ns }) => ({ name, ns, share: ns / whole }));
}
