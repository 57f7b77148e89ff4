// Where a container's cgroups are. The planner chooses, the journal keeps it, all others
// read it. Pure.
import { type CgroupLayout, type Controller, type HostFacts, isBefore } from '../host/facts.ts';
import { joinedWith } from './controllers/index.ts';

/**
 * The last part of the path of every group that this runtime makes, kills and removes begins so;
 * the id follows.
 */
export const CGROUP_PREFIX = 'terrarium-';

export interface CgroupDirectory {
  readonly controllers: readonly (Controller | 'unified')[];
  /** Mount point of the hierarchy. `path` is below it, at any depth. */
  readonly root: string;
  readonly path: string;
}

/**
 * The cgroups of one container: each directory once, though `cpu,cpuacct` may be one mount
 * with two names.
 */
export interface ContainerCgroups {
  readonly mode: CgroupLayout['mode'];
  /** Whether processors or memory nodes were chosen. */
  readonly cpuset: boolean;
  readonly directories: readonly CgroupDirectory[];
}

/**
 * The name of a container's group in every hierarchy: a walk finds the groups by it without a
 * journal.
 */
export function groupName(id: string): string {
  return `${CGROUP_PREFIX}${id}`;
}

/** Of the scope of a detached container: as long as it lives something of it is in there. */
export function scopeName(id: string): string {
  return `${groupName(id)}.scope`;
}

/** The directory below which a container's v2 group is made. */
export function parentGroup(
  { root, placement }: Extract<CgroupLayout, { mode: 'v2' }>,
  id: string,
  detach: boolean,
): string {
  if (placement === undefined) return root;
  if (placement.kind === 'unit') return placement.group;
  return `${placement.directory}/${detach ? scopeName(id) : placement.name}`;
}

/**
 * The planner's choice: one flat name below the root of each hierarchy, or where systemd wants it.
 * `requested`: controllers beside those that every container joins.
 */
export function chooseCgroups(
  id: string,
  layout: CgroupLayout,
  requested: readonly string[],
  detach = false,
): ContainerCgroups {
  const { mode } = layout;
  const cpuset = requested.includes('cpuset');
  if (mode === 'none') return { mode, cpuset, directories: [] };
  const at = (root: string, controllers: CgroupDirectory['controllers']): CgroupDirectory => ({
    controllers,
    root,
    path: `${root}/${groupName(id)}`,
  });
  if (mode === 'v2') {
    const path = `${parentGroup(layout, id, detach)}/${groupName(id)}`;
    return { mode, cpuset, directories: [{ controllers: ['unified'], root: layout.root, path }] };
  }
  const byMount = new Map<string, Controller[]>();
  for (const controller of joinedWith(requested).flatMap(({ hierarchies }) => hierarchies)) {
    const mount = layout.hierarchies[controller];
    if (mount !== undefined) byMount.set(mount, [...(byMount.get(mount) ?? []), controller]);
  }
  return { mode, cpuset, directories: [...byMount].map((entry) => at(...entry)) };
}

/**
 * The directory whose files limit or count for this controller; undefined where the container has
 * none.
 */
export function directoryOf(
  { directories }: ContainerCgroups,
  controller: Controller,
): string | undefined {
  return directories.find(
    ({ controllers }) => controllers.includes(controller) || controllers.includes('unified'),
  )?.path;
}

/**
 * Whether a process is spawned into its v2 group (CLONE_INTO_CGROUP, Linux 5.7), rather than moving
 * there itself. Before Linux 6.4 (its commit 42a11bf5c543) a process spawned into a cpuset keeps
 * the processors of its parent.
 */
export function spawnsIntoCgroup(
  { mode, cpuset }: ContainerCgroups,
  kernel: HostFacts['kernel'],
): boolean {
  return mode === 'v2' && !(cpuset && isBefore(kernel, 6, 4));
}

/** The files into which a process writes 0 to move itself: of v1 threads, of v2 processes. */
export function membershipFiles({ mode, directories }: ContainerCgroups): string[] {
  return directories.map(({ path }) => `${path}/${mode === 'v2' ? 'cgroup.procs' : 'tasks'}`);
}
