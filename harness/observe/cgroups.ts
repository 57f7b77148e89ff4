// The cgroups of a process, and the limits that apply there: cgroups(7).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { textIfThere } from './if-there.ts';
import { cgroupMounts } from './mounts.ts';

export interface Group {
  /** Host path. */
  readonly directory: string;
  /** The mount point of its hierarchy. */
  readonly root: string;
  readonly version: 1 | 2;
}

/**
 * The cgroup of a process in every mounted hierarchy, by /proc/PID/cgroup and the mounts; none for
 * an exited process.
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

/** The cgroup of a process in a controller's hierarchy; undefined without one. */
export function groupOf(pid: number, controller: string): Group | undefined {
  const groups = groupsOf(pid);
  return (
    groups.find(({ controllers }) => controllers.split(',').includes(controller)) ??
    groups.find(({ version }) => version === 2)
  );
}

export interface Bound {
  /** The smallest on the path to the root; `max`: none. */
  readonly limit: number | 'max';
  /** Directory of the cgroup that has it; the process's own if none has. */
  readonly directory: string;
}

/**
 * The limit of a process, in its own cgroup or in one above: either applies. `v1`, `v2`: names of
 * the file.
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

/** v1 writes `no limit` as the maximum page count. */
export function sameOnBoth(text: string): string {
  return /^\d+$/.test(text) && Number(text) >= 2 ** 62 ? 'max' : text;
}

/** The cgroup and all below it; none if it was removed. */
export function groupsBelow(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory());
    return [directory, ...below.flatMap(({ name }) => groupsBelow(join(directory, name)))];
  } catch {
    return [];
  }
}

/**
 * PIDs of the processes in a cgroup; none if it was removed. v2 has a 0 for each process of a PID
 * namespace that is not below this one, v1 leaves these out.
 */
export function processesIn(directory: string): number[] {
  return textIfThere(join(directory, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
}

/** Paths of cgroups in every mounted hierarchy whose last part is one of these names. */
export function cgroupsNamed(...names: readonly string[]): string[] {
  // A hierarchy may be mounted more than once.
  const hierarchies = new Map(cgroupMounts().map(({ device, point }) => [device, point]));
  return [...hierarchies.values()]
    .flatMap((point) => groupsBelow(point))
    .filter((path) => names.includes(basename(path)));
}
