// Why the workload could not be given its identity, its confinement or its directory.
import type { InsideOp } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { ERRNO } from './errno.ts';
import { toHostPath } from './host-path.ts';
import { inUserNamespace, notPermitted, underSeccomp } from './privileges.ts';
import { serviceOf } from './service.ts';

type Of<K extends InsideOp['kind']> = Extract<InsideOp, { kind: K }>;

export function userHint(
  { errno, syscall, facts }: StepError,
  { uid, gid, groups }: Of<'user'>,
  probe: RootfsProbe,
): string | undefined {
  const who = `${uid}:${gid}${groups.length ? ` with groups ${groups.join(', ')}` : ''}`;
  switch (errno) {
    case ERRNO.EPERM:
      if (syscall === 'setgroups' && probe.readHost('/proc/self/setgroups') === 'deny')
        return 'the user namespace that the runtime is in forbids setgroups (/proc/self/setgroups is deny): map its groups with newgidmap, or run it as root of the host';
      return notPermitted(facts, probe, syscall === 'setresuid' ? 'CAP_SETUID' : 'CAP_SETGID');
    case ERRNO.EINVAL:
      return inUserNamespace(probe)
        ? `${who} is not mapped in the user namespace that the runtime is in: /proc/self/uid_map and gid_map show which ids are`
        : `${who} is more than the kernel takes: ids end at 4294967294, groups at 65536 of them`;
    case ERRNO.EAGAIN:
      return `user ${uid} has as many processes as its limit allows (ulimit -u)`;
    default:
      return undefined;
  }
}

export function capabilityHint(
  { errno, facts }: StepError,
  probe: RootfsProbe,
): string | undefined {
  if (errno === ERRNO.EPERM)
    return (
      notPermitted(facts, probe, 'CAP_SETPCAP') ??
      'the runtime does not hold a capability that the container is to have: `grep Cap /proc/self/status` shows what it holds'
    );
  return errno === ERRNO.EINVAL
    ? 'this kernel does not know one of the capabilities: cat /proc/sys/kernel/cap_last_cap'
    : undefined;
}

export function seccompHint({ errno, facts }: StepError, probe: RootfsProbe): string | undefined {
  switch (errno) {
    case ERRNO.EINVAL:
      return facts.seccompFilter
        ? 'the kernel does not take the filter: was the runtime built for another architecture? --security-opt seccomp=unconfined does without it'
        : 'this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER): --security-opt seccomp=unconfined does without them';
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return (
        notPermitted(facts, probe, 'CAP_SYS_ADMIN') ??
        'without no-new-privileges a filter needs CAP_SYS_ADMIN: leave --security-opt no-new-privileges=false out'
      );
    case ERRNO.ENOMEM:
      return 'so many filters are over the runtime already that the kernel takes no other: start it outside of the other containers';
    default:
      return undefined;
  }
}

export function chdirHint(
  error: StepError,
  { path }: Of<'chdir'>,
  probe: RootfsProbe,
): string | undefined {
  const { errno, syscall, rootfs, config } = error;
  if (syscall === 'getcwd')
    return `${path} is no directory below the container's root, but a link to somewhere else (CVE-2024-21626): choose another --workdir`;
  const hostPath = toHostPath(path, error, probe);
  const found = hostPath.probe.resolve(hostPath.path);
  switch (errno) {
    case ERRNO.ENOENT: {
      const link = found.links.at(-1);
      if (link)
        return `${link.path} is a symbolic link to ${link.to}, and there is no ${found.path} in ${hostPath.within}`;
      return config.root.readonly
        ? `there is no ${path} in ${rootfs}, and with --read-only it is not made: make it before, or choose another --workdir`
        : `there is no ${path} in ${rootfs}: choose another --workdir`;
    }
    case ERRNO.ENOTDIR:
      return `${found.path} is a file: choose a directory as --workdir`;
    case ERRNO.EACCES:
      return `user ${config.process.user.uid}:${config.process.user.gid} may not enter ${path}: chmod +x it and what is above it, or choose another --workdir`;
    case ERRNO.ELOOP:
      return `${path} is a symbolic link that leads back to itself: choose another --workdir`;
    default:
      return undefined;
  }
}

export function rlimitHint(
  { errno, facts }: StepError,
  { type, hard }: Of<'rlimit'>,
  probe: RootfsProbe,
): string | undefined {
  if (errno === ERRNO.EPERM)
    return hard === undefined
      ? notPermitted(facts, probe, 'CAP_SYS_RESOURCE')
      : `the hard limit of ${type} cannot be raised to ${hard} without CAP_SYS_RESOURCE`;
  return errno === ERRNO.EINVAL ? `the soft limit of ${type} is above its hard one` : undefined;
}

export function hostnameHint(
  { errno, facts }: StepError,
  { name }: Of<'sethostname'>,
  probe: RootfsProbe,
): string | undefined {
  const service = errno === ERRNO.EPERM && underSeccomp(probe) ? serviceOf(probe) : undefined;
  if (service !== undefined)
    return `ProtectHostname= or SystemCallFilter= of ${service} forbids it: leave it out there`;
  if (errno === ERRNO.EPERM) return notPermitted(facts, probe, 'CAP_SYS_ADMIN');
  return errno === ERRNO.EINVAL || errno === ERRNO.ENAMETOOLONG
    ? `${JSON.stringify(name)} is longer than the 64 bytes the kernel keeps`
    : undefined;
}

export function sysctlHint(
  { errno }: StepError,
  { name, value }: Of<'sysctl'>,
): string | undefined {
  switch (errno) {
    case ERRNO.ENOENT:
      return `this kernel has no sysctl ${name}, or not in a network or IPC namespace of its own`;
    case ERRNO.EINVAL:
    case ERRNO.ERANGE:
      return `${name} does not take ${JSON.stringify(value)}`;
    case ERRNO.EROFS:
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return `${name} belongs to the whole host, or the outer container has it read-only`;
    default:
      return undefined;
  }
}

export function terminalHint({ errno }: StepError, probe: RootfsProbe): string | undefined {
  switch (errno) {
    case ERRNO.ENOSPC:
      return `the host has as many terminals as kernel.pty.max allows (${probe.readHost('/proc/sys/kernel/pty/max') ?? 'unknown'}): sysctl kernel.pty.max=…`;
    case ERRNO.ENODEV:
    case ERRNO.ENOENT:
      return '/dev/pts is no devpts of the container itself: leave its mount as it is, or go without a terminal (--no-tty)';
    case ERRNO.EPERM:
      return 'the session has a terminal already, or another session has this one: go without (--no-tty)';
    default:
      return undefined;
  }
}
