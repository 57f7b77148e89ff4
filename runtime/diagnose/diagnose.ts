// Why the kernel may have refused an operation, and what to do: one line of help, from facts that
// can be looked at.
import type { Config } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import { exhaustionHint } from '../native/exhausted.ts';
import type { HostOp, InsideOp, Operation, Phase } from '../plan/operations.ts';
import type { RootfsProbe } from '../rootfs/probe.ts';
import {
  cgroupWriteHint,
  deviceProgramHint,
  joinCgroupHint,
  mkcgroupHint,
} from './hints/cgroups.ts';
import { ERRNO } from './hints/errno.ts';
import { execHint } from './hints/exec.ts';
import {
  capabilityHint,
  chdirHint,
  hostnameHint,
  rlimitHint,
  seccompHint,
  sysctlHint,
  terminalHint,
  userHint,
} from './hints/identity.ts';
import { pivotHint, rootHint, targetHint } from './hints/mounts.ts';
import { makingHint, setnsHint, spawnHint } from './hints/namespaces.ts';
import { netlinkHint, vethHint } from './hints/network.ts';
import { notPermitted, unknownCall } from './hints/privileges.ts';

/** An operation of the plan that failed. */
export interface StepError {
  readonly operation: Operation;
  readonly phase: Phase;
  /** Positive: errno(3). */
  readonly errno: number;
  /** The call that the operation ended with; an operation may make several. */
  readonly syscall: string;
  /** The host's path of the root file system. */
  readonly rootfs: string;
  readonly facts: HostFacts;
  readonly config: Config;
}

/**
 * A line of help, without an end mark; undefined when nothing is known that would help. `probe`
 * looks into the root file system. Never throws.
 */
export function hintFor(error: StepError, probe: RootfsProbe): string | undefined {
  if (error.errno === ERRNO.ENOSYS) return unknownCall(error.syscall, error.facts, probe);
  const { errno, syscall } = error;
  return ofOperation(error, error.operation, probe) ?? exhaustionHint(errno, syscall);
}

function ofOperation(error: StepError, op: Operation, probe: RootfsProbe): string | undefined {
  switch (op.kind) {
    case 'claim':
    case 'file':
    case 'scope':
    case 'leaf':
    case 'mkcgroup':
    case 'write':
    case 'bpf_devices':
      return ofHost(error, op, probe);
    case 'clone3':
      return spawnHint(error, op, probe);
    case 'veth':
      return vethHint(error, op, probe);
    case 'execve':
      return execHint(error, op, probe);
    default:
      return ofInside(error, op, probe);
  }
}

function ofHost(error: StepError, op: HostOp, probe: RootfsProbe): string | undefined {
  switch (op.kind) {
    case 'claim':
    case 'file':
      return stateHint(error, op.path);
    // A start goes on without these (container/create/create.ts).
    case 'scope':
    case 'leaf':
      return undefined;
    case 'mkcgroup':
      return mkcgroupHint(error, op, probe);
    case 'write':
      return cgroupWriteHint(error, op, probe);
    case 'bpf_devices':
      return deviceProgramHint(error, op, probe);
  }
}

function ofInside(error: StepError, op: InsideOp, probe: RootfsProbe): string | undefined {
  switch (op.kind) {
    case 'join_cgroup':
      return joinCgroupHint(error, op, probe);
    case 'setns':
      return setnsHint(error, op.path, op.types, probe);
    case 'setns_process':
      return error.errno === ERRNO.ESRCH
        ? 'the container has ended'
        : notPermitted(error.facts, probe, 'CAP_SYS_ADMIN');
    case 'unshare':
      return makingHint(error, op.flags, probe);
    case 'root':
      return rootHint(error, op, probe);
    case 'mount':
    case 'bind':
    case 'mkdir':
    case 'mknod':
    case 'symlink':
    case 'mask':
    case 'readonly':
      return targetHint(error, op, probe);
    case 'propagation':
    case 'pivot_root':
      return pivotHint(error, probe);
    case 'mount_namespace':
      return notPermitted(error.facts, probe, 'CAP_SYS_CHROOT');
    case 'pty':
      return terminalHint(error, probe);
    case 'sethostname':
      return hostnameHint(error, op, probe);
    case 'netlink':
      return netlinkHint(error, op, probe);
    case 'sysctl':
      return sysctlHint(error, op);
    case 'bounding':
    case 'capset':
      return capabilityHint(error, probe);
    case 'user':
      return userHint(error, op, probe);
    case 'rlimit':
      return rlimitHint(error, op, probe);
    case 'seccomp':
      return seccompHint(error, probe);
    case 'chdir':
      return chdirHint(error, op, probe);
    case 'await':
    case 'setsid':
    case 'no_new_privs':
    case 'pdeathsig':
      return undefined;
  }
}

function stateHint({ errno }: StepError, path: string): string | undefined {
  const directory = path.slice(0, path.lastIndexOf('/'));
  switch (errno) {
    case ERRNO.ENOSPC:
    case ERRNO.EDQUOT:
      return `the file system of ${directory} is full: df ${directory} (and df -i); make room, or name another place in TERRARIUM_STATE`;
    case ERRNO.EROFS:
      return `${directory} is on a read-only file system: name another place in TERRARIUM_STATE`;
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return `${directory} may not be written: run it with sudo, or name another place in TERRARIUM_STATE`;
    default:
      return undefined;
  }
}
