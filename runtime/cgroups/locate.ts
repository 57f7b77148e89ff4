// Finds a container's cgroups from where we are: `ip netns exec` and others show another
// file system at the same path.
import { accessSync, constants } from 'node:fs';
import { pathOf } from '../base/bytes.ts';
import { HostError } from '../base/errors.ts';
import { readText } from '../host/files.ts';
import { parseMountInfo } from '../host/mountinfo.ts';
import { placeOf } from '../host/process/world.ts';
import type { CgroupDirectory, ContainerCgroups } from './directories.ts';

/** What is behind each mount point that was written down: `device:inode`. */
export type Hierarchies = Readonly<Record<string, string>>;

/**
 * The same groups by paths that lead to them from here. `hidden`: roots that no mount shows, asked
 * for only when none does.
 *
 * @throws HostError when a hierarchy cannot be seen: what is there under its path is not it.
 */
export function locateCgroups(
  id: string,
  cgroups: ContainerCgroups,
  hierarchies: Hierarchies,
  hidden: () => readonly string[],
): ContainerCgroups {
  const directories = cgroups.directories.map((directory): CgroupDirectory => {
    const root = viewOf(directory.root, hierarchies[directory.root] ?? '', hidden);
    if (root === undefined) throw new CgroupsHidden(id, directory.root);
    return root === directory.root
      ? directory
      : { ...directory, root, path: `${root}${directory.path.slice(directory.root.length)}` };
  });
  return { ...cgroups, directories };
}

/** Cgroups are there, and not to be seen by this process. */
export class CgroupsHidden extends HostError {
  override name = 'CgroupsHidden';

  constructor(id: string, root: string) {
    super('cgroups', `the cgroups of container ${id} are hidden here: ${root} is not theirs`, {
      hint:
        '`ip netns exec` hides them; `nsenter --net=/run/netns/NAME` does not. ' +
        'Elsewhere: `nsenter --target 1 --mount` shows what the host has',
    });
  }
}

/**
 * Roots of the hierarchies that this process can reach, each hierarchy once. `hidden`: those that
 * no mount shows.
 */
export function reachableHierarchies(hidden: () => readonly string[]): string[] {
  const byPlace = new Map<string, string>();
  const shown = mountPoints();
  for (const point of shown.length > 0 ? shown : hidden()) {
    const place = placeOf(point);
    const known = byPlace.get(place);
    if (known === undefined || (!writable(known) && writable(point))) byPlace.set(place, point);
  }
  byPlace.delete('');
  return [...byPlace.values()];
}

/** A path by which that directory is reached, one by which it can be written if there is one. */
function viewOf(root: string, place: string, hidden: () => readonly string[]): string | undefined {
  // Where nothing could be found out there was nothing.
  if (place === '') return root;
  const leads = (path: string) => placeOf(path) === place;
  if (leads(root) && writable(root)) return root;
  const others = mountPoints().filter(leads);
  return (
    others.find(writable) ??
    hidden().find((path) => leads(path) && writable(path)) ??
    (leads(root) ? root : others[0])
  );
}

function mountPoints(): string[] {
  return parseMountInfo(readText('/proc/self/mountinfo')).flatMap(({ fstype, mountPoint }) =>
    fstype === 'cgroup' || fstype === 'cgroup2' ? [mountPoint] : [],
  );
}

/** access(2) says EROFS of a mount that is read-only. */
function writable(path: string): boolean {
  try {
    accessSync(pathOf(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
