// What one process is, by the kernel's own files, all read at one moment.
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { textIfThere } from './if-there.ts';

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
  /** Effective user, by the host's numbers. */
  readonly uid: number;
  /** Bits of linux/capability.h. */
  readonly capabilities: { readonly effective: bigint; readonly bounding: bigint };
  readonly noNewPrivs: boolean;
  readonly seccomp: 'none' | 'strict' | 'filter';
}

const SECCOMP = ['none', 'strict', 'filter'] as const;

/**
 * @throws Error when the process ends, or another takes its number, while it is looked at.
 */
export function identityOf(pid: number): Identity {
  const startTicks = startOf(pid);
  const status = textIfThere(`/proc/${pid}/status`);
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const kinds = readdirSync(`/proc/${pid}/ns`).filter((kind) => !kind.endsWith('_for_children'));
  const { dev, ino } = statSync(`/proc/${pid}/root/`, { bigint: true });
  const identity: Identity = {
    pid,
    startTicks,
    namespaces: Object.fromEntries(
      kinds.map((kind) => [kind, readlinkSync(`/proc/${pid}/ns/${kind}`)]),
    ),
    root: `${dev}:${ino}`,
    cgroups: textIfThere(`/proc/${pid}/cgroup`).trim().split('\n'),
    uid: Number(field('Uid').split(/\s+/)[1]),
    capabilities: {
      effective: BigInt(`0x${field('CapEff') || '0'}`),
      bounding: BigInt(`0x${field('CapBnd') || '0'}`),
    },
    noNewPrivs: field('NoNewPrivs') === '1',
    seccomp: SECCOMP[Number(field('Seccomp'))] ?? 'none',
  };
  if (!sameAsBefore({ pid, startTicks }))
    throw new Error(`process ${pid} ended while it was looked at`);
  return identity;
}

/** Clock ticks since boot; NaN when there is no such process. */
export function startOf(pid: number): number {
  const stat = textIfThere(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold blanks and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? Number.NaN : Number(fields[19]);
}

/** Whether it is there still, as itself and not as a zombie. */
export function sameAsBefore({ pid, startTicks }: Process): boolean {
  return startOf(pid) === startTicks && !/^State:\s*[ZX]/m.test(textIfThere(`/proc/${pid}/status`));
}
