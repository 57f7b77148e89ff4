// The plan of one more process in a running container: into its groups and namespaces, confined as
// its first process is.

import {
  type ContainerCgroups,
  membershipFiles,
  spawnsIntoCgroup,
} from '../cgroups/directories.ts';
import type { Process, SeccompProfile } from '../config/config.ts';
import type { HostFacts, NamespaceType } from '../host/facts.ts';
import type { ExecOp, InsideOp, SpawnOp } from './operations.ts';
import { CLONE_FLAG } from './plan.ts';
import { confinement, execve } from './process.ts';

export interface ExecPlan {
  readonly spawn: SpawnOp;
  readonly inside: readonly InsideOp[];
  readonly exec: ExecOp;
}

export interface ExecContext {
  /** The container's groups, as its journal has them. */
  readonly cgroups: ContainerCgroups;
  readonly namespaces: readonly NamespaceType[];
  readonly seccomp: SeccompProfile;
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
}

/**
 * Spawned into the container's PID namespace; the other namespaces are joined at once, by the pidfd of
 * its first process.
 */
export function planExec(process: Process, host: HostFacts, context: ExecContext): ExecPlan {
  const { cgroups } = context;
  const [group] = cgroups.directories;
  const spawnedInto = spawnsIntoCgroup(cgroups, host.kernel);
  const types = context.namespaces
    .filter((type) => type !== 'pid' && type !== 'user' && type !== 'time')
    .map((type) => CLONE_FLAG[type]);
  return {
    spawn: { kind: 'clone3', flags: [], ...(spawnedInto && group ? { cgroup: group.path } : {}) },
    inside: [
      { kind: 'setsid' },
      ...(spawnedInto ? [] : membershipFiles(cgroups)).map(
        (tasks): InsideOp => ({ kind: 'join_cgroup', tasks }),
      ),
      { kind: 'setns_process', types },
      ...(context.terminal
        ? [{ kind: 'pty' as const, ...context.terminal, uid: process.user.uid, console: false }]
        : []),
      ...confinement(process, context.seccomp, host),
    ],
    exec: execve(process, false),
  };
}
