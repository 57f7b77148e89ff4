// Where a container's control groups are: one flat name below the root of each hierarchy. Pure.
import type { CgroupLayout, Controller, HostFacts } from '../host/facts.ts';

/** Everything this runtime makes, kills and removes among control groups has a name that begins so. */
export const CGROUP_PREFIX = 'terrarium-';

/**
 * The v1 hierarchies that a container always joins: what is limited or counted. cpuset is joined only when asked for, since
 * it must be filled first; blkio and freezer are not.
 */
const JOINED: readonly Controller[] = ['memory', 'cpu', 'cpuacct', 'pids', 'devices'];

export interface CgroupDirectory {
  readonly controllers: readonly (Controller | 'unified')[];
  readonly path: string;
}

/** Each directory once, though `cpu,cpuacct` may be one mount with two names. `cpuset`: whether the v1 one belongs to it. */
export function cgroupDirectories(
  id: string,
  layout: CgroupLayout,
  cpuset: boolean,
): CgroupDirectory[] {
  if (layout.mode === 'none') return [];
  if (layout.mode === 'v2')
    return [{ controllers: ['unified'], path: `${layout.root}/${CGROUP_PREFIX}${id}` }];
  const byMount = new Map<string, Controller[]>();
  const joined: readonly Controller[] = cpuset ? [...JOINED, 'cpuset'] : JOINED;
  for (const controller of joined) {
    const mount = layout.hierarchies[controller];
    if (mount !== undefined) byMount.set(mount, [...(byMount.get(mount) ?? []), controller]);
  }
  return [...byMount].map(([mount, controllers]) => ({
    controllers,
    path: `${mount}/${CGROUP_PREFIX}${id}`,
  }));
}

/** The directory whose files limit or count for this controller; undefined where the host has none. */
export function directoryOf(
  id: string,
  layout: CgroupLayout,
  controller: Controller,
): string | undefined {
  if (layout.mode === 'none') return undefined;
  const root = layout.mode === 'v2' ? layout.root : layout.hierarchies[controller];
  return root === undefined ? undefined : `${root}/${CGROUP_PREFIX}${id}`;
}

/**
 * Whether a process is born into its v2 group (CLONE_INTO_CGROUP, Linux 5.7), rather than moving there itself. Before Linux 6.4
 * (its commit 42a11bf5c543) whoever is born into a cpuset keeps the processors of its parent.
 */
export function isBornInGroup(
  layout: CgroupLayout,
  cpuset: boolean,
  { major, minor }: HostFacts['kernel'],
): boolean {
  return layout.mode === 'v2' && !(cpuset && (major < 6 || (major === 6 && minor < 4)));
}

/** The files into which a process writes 0 to move itself: of v1 threads, of v2 processes. */
export function membershipFiles(
  directories: readonly CgroupDirectory[],
  { mode }: CgroupLayout,
): string[] {
  return directories.map(({ path }) => `${path}/${mode === 'v2' ? 'cgroup.procs' : 'tasks'}`);
}
