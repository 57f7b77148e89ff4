// What a container uses and has been denied, in one shape for v1 and v2.
import { StateError } from '../base/errors.ts';
import type { Groups } from './controllers/controller.ts';
import { type ContainerStats, statsOf } from './controllers/index.ts';
import * as memory from './controllers/memory.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { readIfThere } from './files.ts';

/** Reads them now. Throws StateError when the container has no cgroup (any more). */
export function readStats(id: string, cgroups: ContainerCgroups): ContainerStats {
  const stats = statsOf(groupsOf(cgroups));
  if (Object.values(stats).every((part) => part === undefined))
    throw new StateError(`${id} has no cgroup`, { hint: 'it may have ended' });
  return stats;
}

/**
 * Where the kernel counts the processes that its OOM killer has ended; undefined where it does
 * not.
 */
export function oomCounter(
  cgroups: ContainerCgroups,
): { readonly path: string; readonly name: string } | undefined {
  return memory.oomCounter(groupsOf(cgroups));
}

/**
 * Processes that the OOM killer has ended so far; undefined where nothing counts them, or the group
 * cannot be seen.
 */
export function oomKills(cgroups: ContainerCgroups): number | undefined {
  return memory.countedKills(groupsOf(cgroups));
}

function groupsOf(cgroups: ContainerCgroups): Groups {
  return {
    version: cgroups.mode === 'v2' ? 2 : 1,
    at: (hierarchy) => directoryOf(cgroups, hierarchy),
    read: readIfThere,
  };
}
