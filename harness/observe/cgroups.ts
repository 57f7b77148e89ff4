// Where a process is in the trees of cgroups, and what bounds it there: cgroups(7).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { textIfThere } from './if-there.ts';
import { cgroupMounts } from './mounts.ts';

export interface Group {
  /** Host path. */
  readonly directory: string;
  /** Where its hierarchy is mounted. */
  readonly root: string;
  readonly version: 1 | 2;
}

/**
 * The group of a process in every mounted hierarchy, by /proc/PID/cgroup and the mounts; none of a
 * process that has ended.
 */
export function groupsOf(pid: number | 'self'): (Group & { readonly controllers: string })[] {
  const mounts = cgroupMounts();
  return textIfThere(`/proc/${pid}/cgroup`)
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, number, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
      const version = number === '0' ? 2 : 1;
      const mount = mounts.find(({ type, superOptions }) =>
        version === 2 ? type === 'cgroup2' : sameHierarchy(controllers, superOptions),
      );
      return mount === undefined
        ? []
        : [{ directory: join(mount.point, path), root: mount.point, version, controllers }];
    });
}

/** `cpu,cpuacct` or `name=systemd` among the options of a v1 hierarchy's file system. */
function sameHierarchy(controllers: string, superOptions: readonly string[]): boolean {
  return controllers.split(',').every((name) => superOptions.includes(name));
}

/** Where a process is in the hierarchy of a controller; undefined where there is none. */
export function groupOf(pid: number, controller: string): Group | undefined {
  const groups = groupsOf(pid);
  return (
    groups.find(({ controllers }) => controllers.split(',').includes(controller)) ??
    groups.find(({ version }) => version === 2)
  );
}

export interface Bound {
  /** The smallest on the way to the root; `max`: none. */
  readonly limit: number | 'max';
  /** Directory of the group that has it; the process's own where none has. */
  readonly directory: string;
}

/**
 * What bounds a process, in its own group or in one above: a limit of either binds. `v1`, `v2`:
 * names of the file.
 */
export function boundOf(pid: number, v1: string, v2: string): Bound | undefined {
  const group = groupOf(pid, v1.slice(0, v1.indexOf('.')));
  if (group === undefined) return undefined;
  let bound: Bound = { limit: 'max', directory: group.directory };
  for (let at = group.directory; at.startsWith(group.root); at = dirname(at)) {
    const file = join(at, group.version === 1 ? v1 : v2);
    const text = existsSync(file) ? sameOnBoth(readFileSync(file, 'utf8').trim()) : 'max';
    if (text !== 'max' && (bound.limit === 'max' || Number(text) < bound.limit))
      bound = { limit: Number(text), directory: at };
    if (at === group.root) break;
  }
  return bound;
}

/** v1 says `no limit` as the most pages that a counter holds. */
export function sameOnBoth(text: string): string {
  return /^\d+$/.test(text) && Number(text) >= 2 ** 62 ? 'max' : text;
}

/** The group itself and all below it; none when it is gone. */
export function groupsBelow(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory());
    return [directory, ...below.flatMap(({ name }) => groupsBelow(join(directory, name)))];
  } catch {
    return [];
  }
}

/** Paths of the groups of every mounted hierarchy whose last part is one of these names. */
export function cgroupsNamed(...names: readonly string[]): string[] {
  // One hierarchy may be mounted at several places.
  const hierarchies = new Map(cgroupMounts().map(({ device, point }) => [device, point]));
  return [...hierarchies.values()]
    .flatMap((point) => groupsBelow(point))
    .filter((path) => names.includes(basename(path)));
}
