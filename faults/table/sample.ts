// A sample that is the same for the same seed, with as many kinds of cases as possible.
import { type Fault, nameOf } from './case.ts';
import { shuffled } from './order.ts';

/**
 * `count` items: first one of each call in each scenario, then one of each error of each call, then
 * any. In each of these rounds the order is random.
 */
export function sample(faults: readonly Fault[], count: number, seed: number): Fault[] {
  const drawn = shuffled(faults, nameOf, seed);
  const rounds: ((fault: Fault) => string)[] = [
    ({ scenario, call }) => `${scenario} ${call}`,
    ({ scenario, role, call, errno }) => `${scenario} ${role} ${call} ${errno}`,
  ];
  const taken = new Set<Fault>();
  for (const kind of rounds) {
    const known = new Set([...taken].map(kind));
    for (const fault of drawn) {
      if (taken.size >= count) return [...taken];
      if (known.has(kind(fault))) continue;
      known.add(kind(fault));
      taken.add(fault);
    }
  }
  for (const fault of drawn) {
    if (taken.size >= count) break;
    taken.add(fault);
  }
  return [...taken];
}
