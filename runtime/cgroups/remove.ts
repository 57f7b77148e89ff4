// Who is in a container's cgroups, ending all of them, and removing the groups. Nothing
// outside `terrarium-…` is touched.
import { existsSync, readdirSync, rmdirSync, statfsSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeBytes, pathOf } from '../base/bytes.ts';
import { TerrariumError } from '../base/errors.ts';
import { stuckAmong } from '../host/process/stuck.ts';
import { CGROUP_PREFIX, type ContainerCgroups } from './directories.ts';
import { isErrno, readIfThere, writeFile } from './files.ts';

/** linux/magic.h */
const CGROUP_MAGICS: readonly number[] = [0x27e0eb, 0x63677270];

/**
 * How long to go on against processes that do not die at once (uninterruptible sleep, a fork bomb).
 */
const DEADLINE_MS = 2000;

/**
 * Host pids of everything in the container, in groups that it made itself too. Empty when there is
 * no group.
 */
export function pidsOf(cgroups: ContainerCgroups): number[] {
  // Every process of it is in each of them.
  const [first] = cgroups.directories;
  return first === undefined ? [] : pidsBelow(first.path);
}

/**
 * SIGKILL to everything in the group and below, until nothing is left. v2 does it at once through
 * `cgroup.kill` (5.14); on v1 it is a loop, since new children are only seen the next time.
 * Throws when something outlives the deadline.
 */
export async function killAll(path: string, killFile?: string): Promise<void> {
  requireOurs(path);
  await until(path, () => {
    killOnce(path, killFile);
    return pidsBelow(path).length === 0;
  });
}

/**
 * Removes a group without processes; false when it is not empty. One system call in the usual
 * case: a container has ended.
 */
export function removeEmptyCgroup(path: string): boolean {
  requireOurs(path);
  try {
    rmdirSync(pathOf(path));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    if (isErrno(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw error;
  }
}

/** `killFile`: of v2. Without `kill` only what has no process in it is removed. */
export interface RemoveOptions {
  readonly killFile?: string | undefined;
  readonly kill?: boolean | undefined;
}

/**
 * Removes a group whatever is in it: kills, then removes the groups below, then itself. Does
 * nothing where there is none. Throws TerrariumError naming the processes that are left when the
 * deadline passes.
 */
export async function removeCgroup(
  path: string,
  { killFile, kill = true }: RemoveOptions = {},
): Promise<void> {
  if (removeEmptyCgroup(path)) return;
  // Before anything is signalled: the name alone could be a directory of another program.
  if (!CGROUP_MAGICS.includes(statfsSync(pathOf(path)).type))
    throw new TerrariumError(`${path} is not a cgroup`);
  const removed = () => {
    if (kill) killOnce(path, killFile);
    for (const below of groupsBelow(path)) removeQuietly(below);
    return removeEmptyCgroup(path);
  };
  await until(path, removed, kill);
}

async function until(path: string, done: () => boolean, kill = true): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let pauseMs = 1; !done(); pauseMs = Math.min(pauseMs * 2, 20)) {
    if (performance.now() > deadline) {
      const pids = pidsBelow(path);
      const { text, hint } = stuckAmong(pids);
      const who = pids.length > 0 ? text : 'processes of another PID namespace are in it';
      throw new TerrariumError(`timed out waiting for cgroup ${path} to empty: ${who}`, {
        hint: kill ? hint : `they are not of this container: \`kill ${pids.join(' ')}\` ends them`,
      });
    }
    await delay(pauseMs);
  }
}

function killOnce(path: string, killFile: string | undefined): void {
  if (killFile !== undefined && existsSync(pathOf(killFile))) {
    writeFile(killFile, '1');
    return;
  }
  for (const pid of pidsBelow(path)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) throw error;
    }
  }
}

/**
 * Pid 0 is a process that this PID namespace does not show (`foreign`), and our own is not ours to
 * end.
 */
export function pidsBelow(
  path: string,
  { foreign = false }: { readonly foreign?: boolean } = {},
): number[] {
  const lists = [...groupsBelow(path), path].map(
    (group) => readIfThere(`${group}/cgroup.procs`) ?? '',
  );
  const pids = lists.flatMap((list) => list.split('\n').filter(Boolean).map(Number));
  return [...new Set(pids)].filter((pid) => (foreign || pid !== 0) && pid !== process.pid);
}

/** Depth first. A container with a writable cgroup file system makes groups of its own. */
export function groupsBelow(path: string): string[] {
  try {
    // latin1: a byte is a character, and every host of ours has entries with types for texts.
    return readdirSync(pathOf(path), { withFileTypes: true, encoding: 'latin1' })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${path}/${decodeBytes(Buffer.from(name, 'latin1'))}`)
      .flatMap((group) => [...groupsBelow(group), group]);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}

/** A group below that is still busy, or already gone, is seen again by the next round. */
export function removeQuietly(path: string): void {
  try {
    rmdirSync(pathOf(path));
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY')) throw error;
  }
}

function requireOurs(path: string): void {
  const ours =
    path.startsWith('/') &&
    !path.split('/').includes('..') &&
    basename(path).startsWith(CGROUP_PREFIX);
  if (!ours) throw new TerrariumError(`${path} is not a cgroup of a container`);
}
