// Every target of the comparison by name, and the choice among them.
import { suggestion } from '../../runtime/config/suggest.ts';
import { BARE } from './bare.ts';
import { ENGINES } from './engines.ts';
import { MACHINES } from './machines.ts';
import { OCI } from './oci.ts';
import { OURS } from './ours.ts';
import { SANDBOXES } from './sandboxes.ts';
import type { Place } from './target.ts';

/** Named, so that a reader who looks for it sees why it is not measured. */
const GVISOR: Place = {
  name: 'gvisor',
  title: 'gVisor',
  family: 'sandbox',
  note: 'a kernel in user space between the workload and the host’s',
  program: 'runsc',
  measures: [],
  patienceS: 20,
  guessS: 0.5,
  limitedByGroup: [],
  open: async () => {
    throw new Error(
      'runsc is not in Debian or npm, the only places that this benchmark installs from',
    );
  },
};

export const PLACES: readonly Place[] = [
  ...BARE,
  ...OURS,
  ...OCI,
  ...SANDBOXES,
  ...ENGINES,
  GVISOR,
  ...MACHINES,
];

/**
 * The named ones in the catalogue's order, `bare` always among them, since all are compared with
 * it; all when none is named.
 */
export function selectPlaces(names: readonly string[]): readonly Place[] {
  if (names.length === 0) return PLACES;
  const wanted = names.flatMap((name) => (name === 'qemu' ? ['q35', 'microvm'] : [name]));
  const known = PLACES.map(({ name }) => name);
  for (const name of wanted) {
    if (known.includes(name)) continue;
    throw new Error(
      `no target is called ${JSON.stringify(name)}: ${suggestion(name, known, `there are ${known.join(', ')}, qemu`)}`,
    );
  }
  return PLACES.filter(({ name }) => name === 'bare' || wanted.includes(name));
}
