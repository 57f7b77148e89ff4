// The identity of a process, from the kernel's files, all read at one moment.
import { readdirSync, readlinkSync } from 'node:fs';
import { textIfThere } from './if-there.ts';
import { fileIdentity } from './look-in.ts';
import { statOf } from './process.ts';

/** A PID alone may be reused. */
export interface Process {
  readonly pid: number;
  /** Clock ticks since boot: proc_pid_stat(5), field 22. */
  readonly startTicks: number;
}

export interface Identity extends Process {
  /** `net` → `net:[4026532000]`, for every kind of this kernel. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Device and inode of its root directory: `2049:131`. */
  readonly root: string;
  /** Lines of /proc/PID/cgroup, read on the host. */
  readonly cgroups: readonly string[];
}

/**
 * @throws Error if the process exits, or its PID is reused, during the reading.
 */
export function identityOf(pid: number): Identity {
  const startTicks = startOf(pid);
  const kinds = readdirSync(`/proc/${pid}/ns`).filter((kind) => !kind.endsWith('_for_children'));
  const identity: Identity = {
    pid,
    startTicks,
    namespaces: Object.fromEntries(
      kinds.map((kind) => [kind, readlinkSync(`/proc/${pid}/ns/${kind}`)]),
    ),
    root: fileIdentity(`/proc/${pid}/root/`),
    cgroups: textIfThere(`/proc/${pid}/cgroup`).trim().split('\n'),
  };
  if (!sameAsBefore({ pid, startTicks }))
    throw new Error(`process ${pid} exited while it was examined`);
  return identity;
}

/** Clock ticks since boot; NaN when there is no such process. */
export function startOf(pid: number): number {
  return Number(statOf(pid)(22));
}

/** Whether the same process still runs, and is not a zombie. */
export function sameAsBefore({ pid, startTicks }: Process): boolean {
  const stat = statOf(pid);
  return Number(stat(22)) === startTicks && !/[ZX]/.test(stat(3) ?? '');
}
