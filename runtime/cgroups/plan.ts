// Limits to operations: which cgroups a container gets, and what is written into them, in
// order. Pure.
import { dirname } from 'node:path';
import type { Resources } from '../config/config.ts';
import type { CgroupLayout } from '../host/facts.ts';
import { LEAF } from '../host/placement.ts';
import type { HostOp, Undo } from '../plan/operations.ts';
import type { CgroupFacts } from './controllers/controller.ts';
import { CONTROLLERS, requestedBy } from './controllers/index.ts';
import {
  type ContainerCgroups,
  chooseCgroups,
  directoryOf,
  membershipFiles,
  spawnsIntoCgroup,
} from './directories.ts';
import { refuseUnenforceable } from './enforceable.ts';
import { v2Place } from './subtree.ts';

export interface CgroupPlan {
  /** Where they are, for the journal. */
  readonly cgroups: ContainerCgroups;
  /** Creation first, then the limits: nothing runs in a group that is not limited yet. */
  readonly host: readonly HostOp[];
  /**
   * Files into which the child writes 0 for itself: v1 `tasks`, or v2 `cgroup.procs` where it
   * cannot be spawned into its group.
   */
  readonly joinTasks: readonly string[];
  /** v2 directory for CLONE_INTO_CGROUP. */
  readonly cgroup?: string;
  /** v2 directory in which a detached container's watcher is spawned, if not our own. */
  readonly watcherCgroup?: string;
  /** What was asked for and the host does only in part. */
  readonly warnings: readonly string[];
}

/**
 * The cgroups of one container. Only what is asked for is written, since each write is on
 * the start's critical path. Throws HostError when a limit is asked for that this host cannot
 * enforce: a limit that does not hold is worse than none.
 */
export function planCgroups(
  id: string,
  resources: Resources,
  host: CgroupFacts,
  detach = false,
): CgroupPlan {
  const { cgroup: layout } = host;
  refuseUnenforceable(resources, layout);
  const requested = requestedBy(resources);
  const cgroups = chooseCgroups(id, layout, requested, detach);
  if (layout.mode === 'none')
    return {
      cgroups,
      host: [],
      joinTasks: [],
      warnings: [`nothing is limited, and device rules are not enforced: ${layout.reason}`],
    };
  const warnings = [
    ...placeWarnings(layout),
    ...CONTROLLERS.flatMap((one) => one.warnings?.(resources, host) ?? []),
  ];
  if (layout.mode === 'v2') {
    const path = cgroups.directories[0]?.path ?? layout.root;
    const undo: Undo = { kind: 'rmcgroup', path, killFile: `${path}/cgroup.kill` };
    return {
      cgroups,
      host: [
        ...v2Place(id, layout, resources, detach),
        { kind: 'mkcgroup', controller: 'unified', path, undo },
        ...CONTROLLERS.flatMap((one) => one.v2(path, resources, host)),
      ],
      ...(detach && layout.placement?.kind === 'scope'
        ? { watcherCgroup: `${dirname(path)}/${LEAF}` }
        : {}),
      ...(spawnsIntoCgroup(cgroups, host.kernel)
        ? { joinTasks: [], cgroup: path }
        : { joinTasks: membershipFiles(cgroups) }),
      warnings,
    };
  }
  const create = cgroups.directories.map(
    ({ controllers, path }): HostOp => ({
      kind: 'mkcgroup',
      controller: controllers[0] ?? 'unified',
      path,
      undo: { kind: 'rmcgroup', path },
    }),
  );
  const writes = CONTROLLERS.flatMap((one) => {
    const group = directoryOf(cgroups, one.hierarchies[0]);
    return group === undefined ? [] : one.v1(group, resources, host);
  });
  return {
    cgroups,
    host: [...create, ...writes],
    joinTasks: membershipFiles(cgroups),
    warnings,
  };
}

/** A unit's own limits were expected to hold, and cannot. */
function placeWarnings(layout: CgroupLayout): string[] {
  if (layout.mode !== 'v2') return [];
  const { placement, unmanaged } = layout;
  if (unmanaged !== undefined)
    return [
      `${unmanaged}: the container's groups are beside systemd's own, which may take cpuset away from them`,
    ];
  return placement?.kind === 'scope' && placement.occupied !== undefined
    ? [
        `other processes are in the group of ${placement.occupied}, so its limits do not bound the container, only those of ${placement.slice}: DelegateSubgroup=, or a runtime that is the unit's only process, makes them`,
      ]
    : [];
}
