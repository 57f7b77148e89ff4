// What one process is, by the kernel's own files, all read at one moment.
import { readdirSync, readlinkSync } from 'node:fs';
import { textIfThere } from './if-there.ts';
import { fileIdentity } from './look-in.ts';
import { statOf } from './process.ts';

/** A number alone may be another's by the time one looks again. */
export interface Process {
  readonly pid: number;
  /** Clock ticks since boot: proc_pid_stat(5), field 22. */
  readonly startTicks: number;
}

export interface Identity extends Process {
  /** `net` → `net:[4026532000]`, of every kind that this kernel has. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Device and inode of its root directory: `2049:131`. */
  readonly root: string;
  /** Lines of /proc/PID/cgroup as the host sees them. */
  readonly cgroups: readonly string[];
}

/**
 * @throws Error when the process ends, or another takes its number, while it is looked at.
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
    throw new Error(`process ${pid} ended while it was looked at`);
  return identity;
}

/** Clock ticks since boot; NaN when there is no such process. */
export function startOf(pid: number): number {
  return Number(statOf(pid)(22));
}

/** Whether it is there still, as itself and not as a zombie. */
export function sameAsBefore({ pid, startTicks }: Process): boolean {
  const stat = statOf(pid);
  return Number(stat(22)) === startTicks && !/[ZX]/.test(stat(3) ?? '');
}
