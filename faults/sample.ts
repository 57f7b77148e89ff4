// A sample that is the same for the same seed, and has as many kinds of cases as it has room for.
import type { Fault } from './case.ts';

/** Numbers from 0 to 1; mulberry32. The same seed gives the same numbers. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a === undefined || b === undefined) continue;
    result[last] = b;
    result[other] = a;
  }
  return result;
}

/**
 * `count` of them: first one of each call in each scenario, then one of each error of each call,
 * then any. In each of these rounds the order is random.
 */
export function sample(faults: readonly Fault[], count: number, seed: number): Fault[] {
  const drawn = shuffled(faults, randomFrom(seed));
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
