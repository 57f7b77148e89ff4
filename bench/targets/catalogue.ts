// All targets by name, and the choice among them.
import { suggestion } from '../../runtime/config/suggest.ts';
import { BARE, BASELINES } from './bare.ts';
import { ENGINES } from './engines.ts';
import { MACHINES } from './machines.ts';
import { OCI } from './oci.ts';
import { SANDBOXES } from './sandboxes.ts';
import type { Target } from './target.ts';
import { TERRARIUM } from './terrarium.ts';

export const TARGETS: readonly Target[] = [
  ...[BARE, TERRARIUM, OCI, SANDBOXES, ENGINES, MACHINES, BASELINES].flat(),
];

/** Names that stand for others. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  qemu: ['q35', 'microvm'],
  ...{ floor: ['baseline'], 'floor-again': ['baseline-again'] },
  ...{ 'floor-bare': ['baseline-bare'], 'floor-veth': ['baseline-veth'] },
  ...{ api: ['terrarium-api'], 'api-bare': ['terrarium-api-bare'], cli: ['terrarium'] },
  ...{ 'api-pool': ['terrarium-api-pool'], 'api-veth': ['terrarium-api-veth'] },
};

/**
 * The named ones in the catalogue's order; all when none is named.
 * @throws Error for a name that is not one.
 */
export function selectTargets(names: readonly string[], from = TARGETS): readonly Target[] {
  const known = from.map(({ name }) => name);
  const wanted = names.flatMap((name) => ALIASES[name] ?? [name]);
  for (const name of wanted) {
    if (known.includes(name)) continue;
    const hint = suggestion(name, known, `there are ${known.join(', ')}, qemu`);
    throw new Error(`no target is called ${JSON.stringify(name)}: ${hint}`);
  }
  return names.length === 0 ? from : from.filter(({ name }) => wanted.includes(name));
}
