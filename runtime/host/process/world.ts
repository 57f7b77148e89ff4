// What numbers and paths mean depends on the boot, the namespaces and the mounts of the process
// that wrote them down.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { pathOf } from '../../base/bytes.ts';
import { absentOr, isShortage, textIfReadable } from '../files.ts';

/**
 * Identifies the world of a process. Namespaces and directories as `device:inode`, '' where the
 * kernel has none.
 */
export interface World {
  /** /proc/sys/kernel/random/boot_id */
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly timeNamespace: string;
  readonly networkNamespace: string;
  /**
   * The mount point of each cgroup hierarchy that is used, and which directory that is.
   */
  readonly hierarchies: Readonly<Record<string, string>>;
}

/** PROC_PID_INIT_INO of linux/proc_ns.h: the namespace that shows every process. */
const INITIAL_PID_INODE = '4026531836';

let known: Omit<World, 'hierarchies'> | undefined;
const roots = new Map<string, string>();

/**
 * Of this process. `hierarchies`: the mount points that are used. Read once.
 *
 * @throws Node's error when it cannot be read: in a world that is not known, all would seem dead
 */
export function ownWorld(hierarchies: readonly string[] = []): World {
  known ??= {
    bootId: bootId(),
    pidNamespace: placeIfThere('/proc/self/ns/pid'),
    timeNamespace: placeIfThere('/proc/self/ns/time'),
    networkNamespace: placeIfThere('/proc/self/ns/net'),
  };
  for (const root of hierarchies) if (!roots.has(root)) roots.set(root, placeOf(root));
  return {
    ...known,
    hierarchies: Object.fromEntries(hierarchies.map((root) => [root, roots.get(root) ?? ''])),
  };
}

/**
 * `device:inode` of what a path leads to now; '' when there is nothing, or nothing that we may see.
 */
export function placeOf(path: string): string {
  try {
    return place(path);
  } catch (error) {
    if (isShortage(error)) throw error;
    return '';
  }
}

/**
 * How the processes of another world look from here.
 * `same`: their numbers are ours. `over`: none of them can be alive; `rebooted`: nor is anything
 * else of that kernel.
 * `other`: their numbers mean others here, so that nothing can be said of them.
 */
export type ProcessView =
  | { readonly kind: 'same' }
  | { readonly kind: 'over'; readonly rebooted: boolean }
  | { readonly kind: 'other' };

export function processView(world: World): ProcessView {
  const own = ownWorld();
  if (world.bootId !== own.bootId) return { kind: 'over', rebooted: true };
  // What time_namespaces(7) shows of the offsets is of our children: another than our own, and ours
  // are not known.
  if (world.timeNamespace !== own.timeNamespace && own.timeNamespace !== childrensTime())
    return { kind: 'other' };
  if (world.pidNamespace === own.pidNamespace) return { kind: 'same' };
  // With the first process of a PID namespace all others of it die, those of namespaces below it
  // too (pid_namespaces(7)).
  return seesAllProcesses() && !inhabited(world.pidNamespace)
    ? { kind: 'over', rebooted: false }
    : { kind: 'other' };
}

/** Whether every process of this kernel has a number here. */
export function seesAllProcesses(): boolean {
  return ownWorld().pidNamespace.endsWith(`:${INITIAL_PID_INODE}`);
}

function childrensTime(): string {
  return placeOf('/proc/self/ns/time_for_children');
}

/** Whether a process is in it, or may be: not every process shows its namespace, ptrace(2). */
function inhabited(pidNamespace: string): boolean {
  return pids().some((pid) => {
    try {
      return placeIfThere(`/proc/${pid}/ns/pid`) === pidNamespace;
    } catch (error) {
      if (isShortage(error)) throw error;
      return isBelow(pid);
    }
  });
}

/** Whether it is in a PID namespace below ours: it has a number in each, NSpid of proc(5). */
function isBelow(pid: string): boolean {
  return /^NSpid:\t\d+\t/m.test(textIfReadable(`/proc/${pid}/status`) ?? '');
}

/** Of all processes that /proc shows. */
export function pids(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch (error) {
    return absentOr(error) ?? '';
  }
}

/** '' when there is nothing. @throws Node's error when it cannot be seen. */
function placeIfThere(path: string): string {
  try {
    return place(path);
  } catch (error) {
    return absentOr(error) ?? '';
  }
}

function place(path: string): string {
  const { dev, ino } = statSync(pathOf(path));
  return `${dev}:${ino}`;
}
