// A cgroup of the container's name exists already: removes it if it is a leftover that is not in
// use.
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { occupants, removeVacant } from '../../cgroups/leftover.ts';
import { placeOf, seesAllProcesses } from '../../host/process/world.ts';
import { holderOfId } from '../journal/holders.ts';

/** Far longer than a start takes from creating its cgroups to joining them. */
const SETTLED_MS = 2000;

/**
 * Removes it; false when it is in use, or another runtime has a container of this id. That one may
 * have made the group a moment ago and not be in it yet: it has its journal open, or, where not all
 * processes can be seen, it is in it after two seconds.
 * `base`: of our own state.
 */
export async function vacate(path: string, id: string, base: string): Promise<boolean> {
  const place = placeOf(path);
  if (occupants(path).length > 0) return false;
  if (!seesAllProcesses()) await delay(SETTLED_MS);
  const ours = (file: string) => file.startsWith(`${dirname(base)}/`);
  return holderOfId(id, ours) === undefined && removeVacant(path, place);
}
