// Why the kernel may have refused an operation, and what to do: one line of help, from facts that
// can be looked at.
import type { Config } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import { exhaustionHint } from '../native/exhausted.ts';
import type { HostOp, InsideOp, Operation, Phase } from '../plan/operations.ts';
import type { Look } from '../rootfs/look.ts';
import {
  cgroupWriteHint,
  deviceProgramHint,
  joinCgroupHint,
  mkcgroupHint,
} from './hints/cgroups.ts';
import { notPermitted, unknownCall } from './hints/circumstances.ts';
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

/** One operation of the plan that was refused. */
export interface Refusal {
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
 * A line of help, without an end mark; undefined when nothing is known that would help. `look`
 * looks into the root file system. Never throws.
 */
export function hintFor(refusal: Refusal, look: Look): string | undefined {
  if (refusal.errno === ERRNO.ENOSYS) return unknownCall(refusal.syscall, refusal.facts, look);
  const { errno, syscall } = refusal;
  return ofOperation(refusal, refusal.operation, look) ?? exhaustionHint(errno, syscall);
}

function ofOperation(refusal: Refusal, op: Operation, look: Look): string | undefined {
  switch (op.kind) {
    case 'claim':
    case 'file':
    case 'scope':
    case 'leaf':
    case 'mkcgroup':
    case 'write':
    case 'bpf_devices':
      return ofHost(refusal, op, look);
    case 'clone3':
      return spawnHint(refusal, op, look);
    case 'veth':
      return vethHint(refusal, op, look);
    case 'execve':
      return execHint(refusal, op, look);
    default:
      return ofInside(refusal, op, look);
  }
}

function ofHost(refusal: Refusal, op: HostOp, look: Look): string | undefined {
  switch (op.kind) {
    case 'claim':
    case 'file':
      return stateHint(refusal, op.path);
    // A start goes on without these (container/create.ts).
    case 'scope':
    case 'leaf':
      return undefined;
    case 'mkcgroup':
      return mkcgroupHint(refusal, op, look);
    case 'write':
      return cgroupWriteHint(refusal, op, look);
    case 'bpf_devices':
      return deviceProgramHint(refusal, op, look);
  }
}

function ofInside(refusal: Refusal, op: InsideOp, look: Look): string | undefined {
  switch (op.kind) {
    case 'join_cgroup':
      return joinCgroupHint(refusal, op, look);
    case 'setns':
      return setnsHint(refusal, op.path, op.types, look);
    case 'setns_process':
      return refusal.errno === ERRNO.ESRCH
        ? 'the container has ended meanwhile'
        : notPermitted(refusal.facts, look, 'CAP_SYS_ADMIN');
    case 'unshare':
      return makingHint(refusal, op.flags, look);
    case 'root':
      return rootHint(refusal, op, look);
    case 'mount':
    case 'bind':
    case 'mkdir':
    case 'mknod':
    case 'symlink':
    case 'mask':
    case 'readonly':
      return targetHint(refusal, op, look);
    case 'propagation':
    case 'pivot_root':
      return pivotHint(refusal, look);
    case 'pty':
      return terminalHint(refusal, look);
    case 'sethostname':
      return hostnameHint(refusal, op, look);
    case 'netlink':
      return netlinkHint(refusal, op, look);
    case 'sysctl':
      return sysctlHint(refusal, op);
    case 'bounding':
    case 'capset':
      return capabilityHint(refusal, look);
    case 'user':
      return userHint(refusal, op, look);
    case 'rlimit':
      return rlimitHint(refusal, op, look);
    case 'seccomp':
      return seccompHint(refusal, look);
    case 'chdir':
      return chdirHint(refusal, op, look);
    case 'await':
    case 'setsid':
    case 'no_new_privs':
    case 'pdeathsig':
      return undefined;
  }
}

function stateHint({ errno }: Refusal, path: string): string | undefined {
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
