// A sample that is the same for the same seed, and takes from each area in turn.
import { shuffled } from '../faults/table/order.ts';
import type { Placed } from './table/areas.ts';

export function sample(mutants: readonly Placed[], count: number, seed: number): Placed[] {
  const turns = new Map<string, number>();
  return shuffled(mutants, ({ name }) => name, seed)
    .map((mutant) => {
      const turn = turns.get(mutant.area) ?? 0;
      turns.set(mutant.area, turn + 1);
      return { mutant, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
