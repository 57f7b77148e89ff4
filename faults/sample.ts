// A sample that is the same for the same seed, and has as many kinds of cases as it has room for.
import { type Fault, nameOf } from './case.ts';

/** Where a case stands in the order of a seed: FNV-1a over its name, mixed. */
function rank(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * Each case by itself, so that one call more or less in a recording, which depends on the moment,
 * changes one case of a sample and not all of them.
 */
function shuffled(faults: readonly Fault[], seed: number): Fault[] {
  return faults
    .map((fault) => ({ fault, at: rank(nameOf(fault), seed) }))
    .sort((a, b) => a.at - b.at)
    .map(({ fault }) => fault);
}

/**
 * `count` of them: first one of each call in each scenario, then one of each error of each call,
 * then any. In each of these rounds the order is random.
 */
export function sample(faults: readonly Fault[], count: number, seed: number): Fault[] {
  const drawn = shuffled(faults, seed);
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
