// Spawns one child: encodes the plan for its init and opens the descriptors that it needs.
import { closeSync, openSync } from 'node:fs';
import { pathOf } from '../../base/bytes.ts';
import { cloneFlags, encodePlan, type LogFile } from '../../native/wire.ts';
import type { ExecOp, InsideOp, SpawnOp } from '../../plan/operations.ts';
import { Child } from './child.ts';
import { filterOf } from './filter.ts';

/** Descriptors for 0, 1 and 2. */
export type Stdio = readonly [stdin: number, stdout: number, stderr: number];

/** linux/sched.h; its descriptor is the watcher's number 5. */
const CLONE_INTO_CGROUP = 0x200000000n;

export interface SpawnOptions {
  readonly op: SpawnOp;
  readonly ops: readonly (InsideOp | ExecOp)[];
  readonly stdio: Stdio;
  readonly extra: number;
  /** Of a detached container: where its watcher keeps its output. */
  readonly log?: LogFile | undefined;
  /** No caller waits for the init's records before its exit. Default: false. */
  readonly batched?: boolean | undefined;
  /** PID namespace to spawn into, by descriptor, instead of the plan's path. */
  readonly joinPid?: number;
}

/** Spawns a child. Descriptors opened for it are closed once clone3(2) has returned. */
export function spawnChild({
  op,
  ops,
  stdio,
  extra,
  log,
  batched = false,
  joinPid,
}: SpawnOptions): Child {
  const flags = cloneFlags(op.flags);
  const detached = log !== undefined;
  const opened: number[] = [];
  const open = (path: string) => {
    const fd = openSync(pathOf(path), 'r');
    opened.push(fd);
    return fd;
  };
  try {
    const cgroup = op.cgroup === undefined ? -1 : open(op.cgroup);
    const pidNamespace = joinPid ?? (op.joinPid === undefined ? -1 : open(op.joinPid));
    const watcher = op.watcherCgroup === undefined ? -1 : open(op.watcherCgroup);
    const into = detached && cgroup >= 0 ? flags | CLONE_INTO_CGROUP : flags;
    const filter = filterOf(ops);
    const child = new Child(
      {
        flags: detached ? 0n : flags,
        stdio,
        extra,
        cgroup: detached ? watcher : cgroup,
        detachedCgroup: detached ? cgroup : -1,
        joinPid: pidNamespace,
        batched,
      },
      () => encodePlan(ops, { filter, detached: log && { flags: into, log } }),
      { detached, last: ops.length - 1 },
    );
    const close = () => {
      for (const fd of opened) closeSync(fd);
    };
    void child.spawned.then(close);
    return child;
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }
}

/**
 * Resolves once every callback that is ready now has run. Between the steps of a start, so that
 * nothing else in the process waits for a whole one.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
