// A sample that is the same for the same seed, and takes from each area in turn.
import type { Placed } from './areas.ts';

/** FNV-1a over the name, mixed. */
function rank(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}

export function sample(mutants: readonly Placed[], count: number, seed: number): Placed[] {
  const drawn = mutants.toSorted((a, b) => rank(a.name, seed) - rank(b.name, seed));
  const turns = new Map<string, number>();
  const placed = drawn.map((mutant) => {
    const turn = turns.get(mutant.area) ?? 0;
    turns.set(mutant.area, turn + 1);
    return { mutant, turn };
  });
  return placed
    .sort((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
