// Why a control group could not be made, limited or joined.
import type { HostFacts } from '../../host/facts.ts';
import { parseMountInfo } from '../../host/mountinfo.ts';
import type { HostOp, InsideOp } from '../../plan/operations.ts';
import type { Look } from '../../rootfs/look.ts';
import type { Refusal } from '../diagnose.ts';
import { holds, notPermitted } from './circumstances.ts';
import { ERRNO } from './errno.ts';

type Of<K extends (HostOp | InsideOp)['kind']> = Extract<HostOp | InsideOp, { kind: K }>;

/** cgroups(7): "Limiting the number of …", and mkdir(2) on the file system of control groups. */
export function mkcgroupHint(
  { errno, config, facts }: Refusal,
  { path }: Of<'mkcgroup'>,
  look: Look,
): string | undefined {
  switch (errno) {
    case ERRNO.EEXIST:
      return inUse(config.id, look.readHost(`${path}/cgroup.procs`) ?? '');
    case ERRNO.ENOSPC:
      return `the kernel has no number left for another group (65535 of a kind, those that are removed but still hold memory among them): sync; echo 3 > /proc/sys/vm/drop_caches; or remove groups that nobody needs`;
    case ERRNO.EAGAIN:
      return `a group above has reached cgroup.max.descendants or cgroup.max.depth: raise it there, or remove groups that nobody needs`;
    case ERRNO.ENOENT:
      return `${parentOf(path)} is not there: have the control groups been mounted anew? \`terrarium doctor\` shows where they are`;
    default:
      return denied(errno, path, facts, look);
  }
}

/** An empty one would have made room (../vacate.ts). */
function inUse(id: string, procs: string): string {
  const pids = procs.split('\n').filter((pid) => pid !== '' && pid !== '0');
  const other = `another state directory (TERRARIUM_STATE) has a container ${id}: choose another --name`;
  return pids.length === 0
    ? other
    : `${other}; or, if no container has them, end processes ${pids.join(', ')} with \`kill -9 ${pids.join(' ')}\` and start again`;
}

export function cgroupWriteHint(
  refusal: Refusal,
  { path, value }: Of<'write'>,
  look: Look,
): string | undefined {
  const { errno, facts } = refusal;
  const file = path.slice(path.lastIndexOf('/') + 1);
  const above = parentOf(parentOf(path));
  if (file.startsWith('cpuset.'))
    return cpusetHint(refusal, path, value, look) ?? denied(errno, path, facts, look);
  if (file === 'cgroup.subtree_control')
    return subtreeHint(errno, path, value, look) ?? denied(errno, path, facts, look);
  switch (errno) {
    case ERRNO.ENOENT:
      return absentFile(file, parentOf(path), look);
    case ERRNO.EBUSY:
      return `what is in the group uses more than ${value} already, and the kernel could not take it back`;
    case ERRNO.ERANGE:
      return `${value} is beyond what ${file} can hold`;
    case ERRNO.EINVAL:
      return invalidValue(file, value, above, look);
    case ERRNO.EPERM:
      if (file.startsWith('devices.')) return deviceHint(refusal, value, above, look);
  }
  return denied(errno, path, facts, look);
}

/** bpf(2), "ERRORS", and capabilities(7), CAP_BPF. */
export function deviceProgramHint({ errno, facts }: Refusal, look: Look): string | undefined {
  switch (errno) {
    case ERRNO.EPERM:
      return (
        notPermitted(facts, look, 'CAP_SYS_ADMIN') ??
        (before(facts.kernel, 5, 11)
          ? 'before Linux 5.11 programs count as locked memory: raise `ulimit -l`; or a seccomp filter of an outer container refuses bpf(2) to us'
          : 'a seccomp filter or a security module of an outer container refuses bpf(2) to us')
      );
    case ERRNO.EINVAL:
      return 'this kernel has bpf(2), but no programs for control groups (CONFIG_CGROUP_BPF), so it cannot restrict devices on v2';
    default:
      return undefined;
  }
}

function before(kernel: HostFacts['kernel'], major: number, minor: number): boolean {
  return kernel.major < major || (kernel.major === major && kernel.minor < minor);
}

/** Only CAP_SYS_ADMIN changes device rules, and never beyond those of the group above. */
function deviceHint({ facts }: Refusal, value: string, above: string, look: Look): string {
  return (
    (holds(facts, 'CAP_SYS_ADMIN') && facts.euid === 0
      ? undefined
      : notPermitted(facts, look, 'CAP_SYS_ADMIN')) ??
    `the group above does not allow ${JSON.stringify(value)} itself, as in an outer container: devices.list in ${above} shows what it allows`
  );
}

function invalidValue(file: string, value: string, above: string, look: Look): string {
  if (file === 'cpu.cfs_quota_us' || file === 'cpu.cfs_period_us' || file === 'cpu.max') {
    const limit = look.readHost(`${above}/${file}`);
    const parent =
      limit === undefined || limit === '-1' || limit.startsWith('max')
        ? ''
        : `, and may ask for no more than the group above, which has ${limit}`;
    return `the CPU quota is at least 1000 and the period 1000 to 1000000 µs${parent}: ${value} was written`;
  }
  if (file.includes('memsw'))
    return `memory and swap together cannot be less than the memory alone: raise --memory-swap to --memory at least`;
  return `the kernel does not understand ${JSON.stringify(value)} in ${file}`;
}

function absentFile(file: string, group: string, look: Look): string {
  if (look.statHost(group) === undefined)
    return `${group} has been removed meanwhile; was it \`terrarium gc\`, or another manager of control groups?`;
  if (file.includes('memsw') || file === 'memory.swap.max')
    return `this kernel does not account swap: boot it with swapaccount=1, or leave --memory-swap out`;
  if (file.startsWith('cpu.cfs_') || file === 'cpu.max')
    return `this kernel has no CPU quota (CONFIG_CFS_BANDWIDTH), or the cpu controller is not passed on to ${group}`;
  return `${group} has no ${file}: its controller is not in this kernel, or not passed on to it (cgroup.subtree_control of ${parentOf(group)})`;
}

/** cpuset(7), "ERRORS". */
function cpusetHint(
  { errno, facts }: Refusal,
  path: string,
  value: string,
  look: Look,
): string | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const above = `${parentOf(parentOf(path))}/${file}`;
  const mems = file === 'cpuset.mems';
  const have = mems ? `memory nodes ${facts.memoryNodes}` : `processors ${facts.cpuList}`;
  const parent =
    look.readHost(`${parentOf(parentOf(path))}/${file}.effective`) ?? look.readHost(above);
  switch (errno) {
    case ERRNO.EINVAL:
    case ERRNO.ERANGE:
      return `${value} is not among the ${have} that are online: choose from them`;
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return parent === undefined
        ? undefined
        : `the group above has only ${parent || 'none'} in ${file}, and ${value} is more: choose from them`;
    case ERRNO.EBUSY:
      return `another group has ${value} for itself alone (cpuset.cpu_exclusive, or a partition): choose others`;
    case ERRNO.ENOSPC:
      return `${value} would leave processes of the group with no ${mems ? 'memory node' : 'processor'}`;
    default:
      return undefined;
  }
}

/** cgroup-v2.rst, "Enabling and Disabling" and "No Internal Process Constraint". */
function subtreeHint(errno: number, path: string, value: string, look: Look): string | undefined {
  const group = parentOf(path);
  const offered = look.readHost(`${group}/cgroup.controllers`);
  switch (errno) {
    case ERRNO.EBUSY:
      return `processes are in ${group} itself, and a group with processes passes no controllers on: move them to a group below it`;
    case ERRNO.ENOENT:
    case ERRNO.EINVAL:
      return `${group} has the controllers ${offered || 'none'}, and ${value} asks for another: enable it in the group above`;
    case ERRNO.EOPNOTSUPP:
      return `${group} is a threaded group, which passes on only the controllers of threads`;
    default:
      return undefined;
  }
}

export function joinCgroupHint(
  { errno, facts }: Refusal,
  { tasks }: Of<'join_cgroup'>,
  look: Look,
): string | undefined {
  const group = parentOf(tasks);
  switch (errno) {
    case ERRNO.ENOSPC:
      return `${group} has no processors or no memory nodes yet (cpuset.cpus and cpuset.mems are empty), so nobody can be in it: fill them in the groups above it first`;
    case ERRNO.EAGAIN:
      return `the processes of ${group} are at their limit: raise --pids-limit`;
    case ERRNO.ENOMEM:
      return 'the memory limit is too low for the init itself: raise --memory';
    case ERRNO.EINVAL:
      return `a real-time process cannot join a group without real-time budget (cpu.rt_runtime_us of ${group}): start the runtime with chrt --other 0`;
    case ERRNO.ENOENT:
      return `${group} has been removed meanwhile; was it \`terrarium gc\`, or another manager of control groups?`;
    case ERRNO.EBUSY:
      return `${group} passes controllers on to groups below it, so no process may be in it itself`;
    default:
      return denied(errno, tasks, facts, look);
  }
}

function denied(
  errno: number,
  path: string,
  facts: Refusal['facts'],
  look: Look,
): string | undefined {
  if (errno === ERRNO.EROFS) {
    const mount = parseMountInfo(look.readHost('/proc/self/mountinfo') ?? '').findLast(
      ({ mountPoint }) => path.startsWith(`${mountPoint}/`) && mountPoint !== '/',
    );
    const point = mount?.mountPoint ?? '/sys/fs/cgroup';
    return `the control groups are mounted read-only at ${point}, as in a container: mount -o remount,rw ${point}, or start the outer container with --privileged`;
  }
  if (errno !== ERRNO.EACCES && errno !== ERRNO.EPERM) return undefined;
  return (
    notPermitted(facts, look, 'CAP_DAC_OVERRIDE') ??
    `${parentOf(path)} belongs to somebody who has not delegated it (systemd: Delegate=yes), or a security module forbids it`
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
