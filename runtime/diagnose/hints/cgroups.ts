// Why a cgroup could not be made, limited or joined.

import type { FailedStep } from '../../cgroups/controllers/controller.ts';
import { hintOf } from '../../cgroups/controllers/index.ts';
import { holds } from '../../config/capabilities.ts';
import { parseMountInfo } from '../../host/mountinfo.ts';
import { errnoName } from '../../native/errno.ts';
import type { HostOp, InsideOp } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { ERRNO } from './errno.ts';
import { notPermitted } from './privileges.ts';

type Of<K extends (HostOp | InsideOp)['kind']> = Extract<HostOp | InsideOp, { kind: K }>;

/** cgroups(7): "Limiting the number of …", and mkdir(2) on the cgroup file system. */
export function mkcgroupHint(
  { errno, config, facts }: StepError,
  { path }: Of<'mkcgroup'>,
  probe: RootfsProbe,
): string | undefined {
  switch (errno) {
    case ERRNO.EEXIST:
      return inUse(config.id, probe.readHost(`${path}/cgroup.procs`) ?? '');
    case ERRNO.ENOSPC:
      return `the kernel has no number left for another group (65535 of a kind, those that are removed but still hold memory among them): sync; echo 3 > /proc/sys/vm/drop_caches; or remove unused groups`;
    case ERRNO.EAGAIN:
      return `a group above has reached cgroup.max.descendants or cgroup.max.depth: raise it there, or remove unused groups`;
    case ERRNO.ENOENT:
      return `${parentOf(path)} is not there: have the cgroups been mounted anew? \`terrarium doctor\` shows where they are`;
    default:
      return denied(errno, path, facts, probe);
  }
}

/** An empty one would have made room (execute/operations/vacate.ts). */
function inUse(id: string, procs: string): string {
  const pids = procs.split('\n').filter((pid) => pid !== '' && pid !== '0');
  const other = `another state directory (TERRARIUM_STATE) has a container ${id}: choose another --name`;
  return pids.length === 0
    ? other
    : `${other}; or, if no container has them, end processes ${pids.join(', ')} with \`kill -9 ${pids.join(' ')}\` and start again`;
}

export function cgroupWriteHint(
  error: StepError,
  { path, value }: Of<'write'>,
  probe: RootfsProbe,
): string | undefined {
  const { errno, facts } = error;
  const file = path.slice(path.lastIndexOf('/') + 1);
  const group = parentOf(path);
  if (file === 'cgroup.subtree_control')
    return subtreeHint(errno, path, value, probe) ?? denied(errno, path, facts, probe);
  if (errno === ERRNO.ENOENT && probe.statHost(group) === undefined) return removed(group);
  return (
    hintOf(failedStep(error, probe, { step: 'limit', group, file, value })) ??
    anyLimit(errno, file, value, group) ??
    denied(errno, path, facts, probe)
  );
}

function failedStep(
  { errno, facts }: StepError,
  probe: RootfsProbe,
  what: Pick<FailedStep, 'step' | 'group' | 'file' | 'value'>,
): FailedStep {
  return {
    ...what,
    code: errnoName(errno),
    host: facts,
    read: probe.readHost,
    may: (capability) => facts.euid === 0 && holds(facts, capability),
    whyDenied: (capability) => notPermitted(facts, probe, capability),
  };
}

/** What is the same for every controller. */
function anyLimit(errno: number, file: string, value: string, group: string): string | undefined {
  switch (errno) {
    case ERRNO.ENOENT:
      return `${group} has no ${file}: its controller is not in this kernel, or not passed on to it (cgroup.subtree_control of ${parentOf(group)})`;
    case ERRNO.ERANGE:
      return `${value} is beyond what ${file} can hold`;
    case ERRNO.EINVAL:
      return `the kernel does not understand ${JSON.stringify(value)} in ${file}`;
    default:
      return undefined;
  }
}

function removed(group: string): string {
  return `${group} has been removed; was it \`terrarium gc\`, or another cgroup manager?`;
}

export function deviceProgramHint(
  error: StepError,
  { path }: Of<'bpf_devices'>,
  probe: RootfsProbe,
): string | undefined {
  return hintOf(failedStep(error, probe, { step: 'program', group: path, file: '', value: '' }));
}

/** cgroup-v2.rst, "Enabling and Disabling" and "No Internal Process Constraint". */
function subtreeHint(
  errno: number,
  path: string,
  value: string,
  probe: RootfsProbe,
): string | undefined {
  const group = parentOf(path);
  const offered = probe.readHost(`${group}/cgroup.controllers`);
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
  error: StepError,
  { tasks }: Of<'join_cgroup'>,
  probe: RootfsProbe,
): string | undefined {
  const { errno, facts } = error;
  const group = parentOf(tasks);
  const known = hintOf(failedStep(error, probe, { step: 'join', group, file: '', value: '0' }));
  if (known !== undefined) return known;
  if (errno === ERRNO.ENOENT) return removed(group);
  if (errno === ERRNO.EBUSY)
    return `${group} passes controllers on to groups below it, so no process may be in it itself`;
  return denied(errno, tasks, facts, probe);
}

function denied(
  errno: number,
  path: string,
  facts: StepError['facts'],
  probe: RootfsProbe,
): string | undefined {
  if (errno === ERRNO.EROFS) {
    const mount = parseMountInfo(probe.readHost('/proc/self/mountinfo') ?? '').findLast(
      ({ mountPoint }) => path.startsWith(`${mountPoint}/`) && mountPoint !== '/',
    );
    const point = mount?.mountPoint ?? '/sys/fs/cgroup';
    return `the cgroups are mounted read-only at ${point}, as in a container: mount -o remount,rw ${point}, or start the outer container with --privileged`;
  }
  if (errno !== ERRNO.EACCES && errno !== ERRNO.EPERM) return undefined;
  return (
    notPermitted(facts, probe, 'CAP_DAC_OVERRIDE') ??
    `${parentOf(path)} has an owner who has not delegated it (systemd: Delegate=yes), or a security module forbids it`
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
