// Why namespaces could not be made or joined: clone3(2), unshare(2), setns(2).
import { holds } from '../../config/capabilities.ts';
import type { NamespaceType } from '../../host/facts.ts';
import { parseMountInfo } from '../../host/mountinfo.ts';
import { type CloneFlag, namespaceFlags, type SpawnOp } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { ERRNO } from './errno.ts';
import { notPermitted } from './privileges.ts';

/**
 * Names in three vocabularies: the configuration's, /proc/PID/ns's and that of the sysctls
 * user.max_…_namespaces.
 */
const NAMES: Readonly<Record<CloneFlag, readonly [type: NamespaceType, file: string]>> = {
  newns: ['mount', 'mnt'],
  newpid: ['pid', 'pid'],
  newnet: ['network', 'net'],
  newuts: ['uts', 'uts'],
  newipc: ['ipc', 'ipc'],
  newcgroup: ['cgroup', 'cgroup'],
  newuser: ['user', 'user'],
  newtime: ['time', 'time'],
};

export function spawnHint(error: StepError, op: SpawnOp, probe: RootfsProbe): string | undefined {
  const { errno, syscall } = error;
  if (syscall === 'open') return openHint(op, errno, probe);
  if (op.joinPid !== undefined && errno === ERRNO.ENOMEM)
    return `the PID namespace ${op.joinPid} has lost its first process, and takes no other: join one that lives`;
  if (op.joinPid !== undefined && errno === ERRNO.EINVAL)
    return setnsHint(error, op.joinPid, ['newpid'], probe);
  if (op.cgroup !== undefined && errno === ERRNO.EBUSY)
    return `${op.cgroup} passes controllers on to groups below it, so no process may be in it itself (cgroup-v2.rst, "No Internal Process Constraint")`;
  if (op.cgroup !== undefined && errno === ERRNO.EOPNOTSUPP)
    return `${op.cgroup} is a threaded group, or below one (cgroup.type): no process can be spawned into it`;
  switch (errno) {
    case ERRNO.EAGAIN:
      return processLimit(probe);
    case ERRNO.ENOMEM:
      return 'the host has no memory left for another process, or the limit of the group that the runtime is in is reached';
    default:
      return makingHint(error, namespaceFlags(op), probe);
  }
}

/** What clone3 and unshare share: the namespaces that are asked for. */
export function makingHint(
  { errno, facts }: StepError,
  flags: readonly CloneFlag[],
  probe: RootfsProbe,
): string | undefined {
  const types = flags.map((flag) => NAMES[flag]);
  switch (errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return (
        (flags.includes('newuser') ? userRestriction(probe) : undefined) ??
        notPermitted(facts, probe, 'CAP_SYS_ADMIN')
      );
    case ERRNO.EINVAL: {
      const absent = types
        .filter(([type]) => !facts.namespaces.includes(type))
        .map(([type]) => type);
      return absent.length
        ? `this kernel has no ${absent.join(' and no ')} namespaces (CONFIG_NAMESPACES and what follows it)`
        : undefined;
    }
    case ERRNO.ENOSPC: {
      const limits = types.map(
        ([, file]) =>
          [
            `user.max_${file}_namespaces`,
            probe.readHost(`/proc/sys/user/max_${file}_namespaces`),
          ] as const,
      );
      const zero = limits.filter(([, limit]) => limit === '0').map(([name]) => name);
      if (zero.length)
        return `${zero.join(' and ')} is 0: sysctl ${zero[0]}=1000 allows them again`;
      return `a limit on namespaces is reached, or they are nested more than 32 deep: ${limits.map(([name, limit]) => `${name}=${limit ?? '?'}`).join(', ')}`;
    }
    default:
      return undefined;
  }
}

/** Ubuntu since 23.10, Debian before 11, and hardened kernels. */
function userRestriction(probe: RootfsProbe): string | undefined {
  if (probe.readHost('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'AppArmor lets only programs with a profile make user namespaces here: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for this program with "userns,", or root';
  if (probe.readHost('/proc/sys/kernel/unprivileged_userns_clone') === '0')
    return 'only root makes user namespaces here: sysctl kernel.unprivileged_userns_clone=1, or run it with sudo';
  return undefined;
}

/** The lowest pids.max of the runtime's own group and those above it: a session has one, too. */
function lowestPidsMax(probe: RootfsProbe): string {
  const groups = probe.readHost('/proc/self/cgroup') ?? '';
  const v1 = /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const path = v1 ?? /^0::(.*)$/m.exec(groups)?.[1];
  if (path === undefined) return "pids.max of the runtime's group unknown";
  const root = v1 === undefined ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';
  const parts = path.split('/').filter(Boolean);
  const limits = parts.map((_, index) => {
    const group = `/${parts.slice(0, index + 1).join('/')}`;
    const text = probe.readHost(`${root}${group}/pids.max`);
    return { group, limit: text === undefined || text === 'max' ? Infinity : Number(text) };
  });
  const lowest = limits.toReversed().sort((a, b) => a.limit - b.limit)[0];
  if (lowest === undefined || lowest.limit === Infinity)
    return "pids.max of the runtime's group unlimited";
  return `pids.max of the runtime's group ${lowest.limit} (${root}${lowest.group})`;
}

/** The limits that fork(2) meets, with what they are. */
function processLimit(probe: RootfsProbe): string {
  const own = /^Max processes\s+(\S+)/m.exec(probe.readHost('/proc/self/limits') ?? '')?.[1];
  const limits = [
    lowestPidsMax(probe),
    `ulimit -u ${own ?? 'unknown'}`,
    `kernel.threads-max ${probe.readHost('/proc/sys/kernel/threads-max') ?? 'unknown'}`,
    `kernel.pid_max ${probe.readHost('/proc/sys/kernel/pid_max') ?? 'unknown'}`,
  ];
  return `no further process may be started here, by one of: ${limits.join(', ')}`;
}

function openHint(
  { joinPid, cgroup }: SpawnOp,
  errno: number,
  probe: RootfsProbe,
): string | undefined {
  if (errno !== ERRNO.ENOENT) return undefined;
  const gone = [joinPid, cgroup].find(
    (path) => path !== undefined && probe.statHost(path) === undefined,
  );
  return gone === joinPid
    ? noSuchNamespace(joinPid ?? '')
    : `${gone} has been removed; was it terrarium gc, or another cgroup manager?`;
}

export function setnsHint(
  { errno, facts, syscall }: StepError,
  path: string,
  types: readonly CloneFlag[],
  probe: RootfsProbe,
): string | undefined {
  const wanted = types.map((flag) => NAMES[flag][1]);
  if (syscall === 'open' && (errno === ERRNO.ENOENT || errno === ERRNO.ENOTDIR))
    return noSuchNamespace(path);
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES)
    return (
      notPermitted(facts, probe, 'CAP_SYS_ADMIN') ??
      (holds(facts, 'CAP_SYS_CHROOT') ? undefined : chroot)
    );
  if (errno !== ERRNO.EINVAL) return undefined;
  const kind = kindOf(path, probe);
  if (kind === undefined)
    return `${path} is a file, but no namespace: \`ip netns add NAME\` makes /run/netns/NAME, \`unshare --uts=FILE\` binds others, /proc/PID/ns/${wanted[0]} is that of a process`;
  if (!wanted.includes(kind))
    return `${path} is ${named(kind)}, and ${wanted.map(named).join(' or ')} is wanted`;
  if (kind === 'pid')
    return `${path} is no descendant of the runtime's own PID namespace: one can only be entered downwards (pid_namespaces(7))`;
  return undefined;
}

const chroot =
  'the runtime is root without CAP_SYS_CHROOT, which joining a mount namespace needs (setns(2))';

function noSuchNamespace(path: string): string {
  const process = /^\/proc\/(\d+)\//.exec(path)?.[1];
  if (process !== undefined)
    return `there is no ${path}: process ${process} has ended, or is in another PID namespace than the runtime`;
  return path.startsWith('/run/netns/') || path.startsWith('/var/run/netns/')
    ? `there is no ${path}: \`ip netns add ${path.split('/').at(-1)}\` makes it, \`ip netns list\` lists what there is`
    : `there is no ${path}: \`unshare --net=${path}\` (for an existing, empty file) makes one`;
}

function named(kind: string): string {
  return `${kind === 'ipc' ? 'an' : 'a'} ${kind} namespace`;
}

/**
 * `net`, `uts` …: a link below /proc/PID/ns says so; a bound one stands in the mount table, as
 * `net:[4026532177]`.
 */
function kindOf(path: string, probe: RootfsProbe): string | undefined {
  const bound = parseMountInfo(probe.readHost('/proc/self/mountinfo') ?? '').findLast(
    ({ mountPoint }) => mountPoint === path,
  );
  const name = probe.linkHost(path) ?? (bound?.fstype === 'nsfs' ? bound.root : undefined);
  return name === undefined ? undefined : /^(\w+?)(?:_for_children)?:\[\d+\]$/.exec(name)?.[1];
}
