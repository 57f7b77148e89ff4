// Every target by name, and the choice among them.
import { suggestion } from '../../runtime/config/suggest.ts';
import { OURS } from './in-process.ts';
import { FLOORS } from './native.ts';
import { PEERS } from './peers.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [...FLOORS, ...OURS, ...PEERS];

/**
 * The named targets in the catalogue's order; all of them when none is named. Throws an Error for a
 * name that is not one.
 */
export function selectTargets(names: readonly string[]): readonly Target[] {
  const known = TARGETS.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new Error(
      `no target is called ${JSON.stringify(name)}: ${suggestion(name, known, `there are ${known.join(', ')}`)}`,
    );
  }
  return names.length === 0 ? TARGETS : TARGETS.filter(({ name }) => names.includes(name));
}
