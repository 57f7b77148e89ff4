// Changing the limits of a running container: what to write in which order, and taking all of it
// back when the kernel refuses one.
import { basename, dirname } from 'node:path';
import { StateError, TerrariumError } from '../base/errors.ts';
import type { CgroupLayout } from '../host/facts.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { passOnAgain } from './enable-again.ts';
import { isErrno, readIfThere, writeFile } from './files.ts';
import {
  type CgroupFacts,
  type Limits,
  normalised,
  type WriteOp,
  wantsCpuset,
  wholePages,
} from './limits.ts';
import { type GivenLimits, givenLimits } from './lost.ts';
import { refuseUnenforceable } from './plan.ts';
import { v2Writes } from './plan-v2.ts';

/** The present text of a control-group file, undefined when it is not there. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Sets what is given, leaves the rest. Either everything is in force afterwards, read back, or
 * nothing has changed. `writeDown` keeps what v2 files say then, and may throw. Throws StateError when the container has no control group, HostError for a
 * limit that this host cannot enforce, and TerrariumError when the kernel refuses one: EBUSY when
 * memory in use cannot be brought below a v1 limit. (v2 does not refuse: it ends processes until
 * the limit holds.)
 */
export function updateLimits(
  id: string,
  cgroups: ContainerCgroups,
  limits: Limits,
  host: CgroupFacts,
  writeDown: (given: GivenLimits) => void = () => {},
): void {
  const here = { ...host, cgroup: layoutOf(cgroups, host.cgroup) };
  enableMissing(cgroups, limits);
  refuseUnenforceable(limits, here);
  const done: WriteOp[] = [];
  try {
    const writes = updateWrites(id, cgroups, limits, here, readIfThere);
    for (const write of writes) {
      done.unshift({ kind: 'write', path: write.path, value: readIfThere(write.path) ?? '' });
      perform(write);
    }
    if (cgroups.mode === 'v2') writeDown(givenLimits(writes));
  } catch (cause) {
    const error =
      cause instanceof TerrariumError
        ? cause
        : new TerrariumError('limits cannot be changed', { cause });
    for (const { path, value } of done) {
      try {
        writeFile(path, value);
      } catch (failure) {
        // With the file went what was changed.
        if (isErrno(failure, 'ENOENT', 'ENODEV')) continue;
        error.cleanupErrors.push(failure instanceof Error ? failure : new Error(String(failure)));
      }
    }
    throw error;
  }
}

/** Controllers that were switched off since the start are passed on again: their files are gone. */
function enableMissing(cgroups: ContainerCgroups, limits: Limits): void {
  const group = cgroups.mode === 'v2' ? directoryOf(cgroups, 'memory') : undefined;
  if (group === undefined || readIfThere(`${group}/cgroup.procs`) === undefined) return;
  const cpuset = wantsCpuset(limits);
  const needed = [
    ...(limits.memoryLimitBytes === undefined ? [] : ['memory.max']),
    ...(limits.cpuQuotaUs === undefined && limits.cpuShares === undefined ? [] : ['cpu.max']),
    ...(limits.pidsLimit === undefined ? [] : ['pids.max']),
    ...(cpuset ? ['cpuset.cpus'] : []),
  ];
  if (needed.some((file) => readIfThere(`${group}/${file}`) === undefined))
    passOnAgain(dirname(group), cpuset);
}

/**
 * What the container's groups offer. The host's layout is what our mounts show: hidden, read-only
 * or changed since.
 */
function layoutOf(cgroups: ContainerCgroups, host: CgroupLayout): CgroupLayout {
  const { mode, directories } = cgroups;
  if (mode === 'none') return { mode, reason: 'the container was made without control groups' };
  if (mode !== 'v2') {
    if (mode === host.mode) return host;
    const hierarchies = directories.flatMap(({ controllers, root }) =>
      controllers.flatMap((name) => (name === 'unified' ? [] : [[name, root] as const])),
    );
    return { mode, hierarchies: Object.fromEntries(hierarchies), swapAccounting: true };
  }
  const { root = '', path = '' } = directories[0] ?? {};
  const parent = dirname(path);
  const words = (file: string) => (readIfThere(file) ?? '').split(/\s+/).filter(Boolean);
  return {
    mode,
    root,
    controllers: words(`${parent}/cgroup.controllers`),
    enabled: words(`${parent}/cgroup.subtree_control`),
    swapAccounting: readIfThere(`${path}/memory.swap.max`) !== undefined,
  };
}

/**
 * The writes in the only order that the kernel takes, given what is set now. Pure but for `read`.
 */
export function updateWrites(
  id: string,
  cgroups: ContainerCgroups,
  limits: Limits,
  host: CgroupFacts,
  read: ReadFile,
): WriteOp[] {
  if (cgroups.mode === 'none') return [];
  if (cgroups.mode === 'v2')
    return updateV2(`${directoryOf(cgroups, 'memory')}`, limits, host, read);
  const at = (file: string, controller: 'memory' | 'cpu' | 'pids' | 'cpuset') =>
    `${directoryOf(cgroups, controller)}/${file}`;
  const set = (path: string, value: number | string | undefined, readBack?: string): WriteOp[] =>
    value === undefined
      ? []
      : [{ kind: 'write', path, value: String(value), readBack: readBack ?? String(value) }];
  if (wantsCpuset(limits) && read(at('cpuset.cpus', 'cpuset')) === undefined) {
    throw new StateError(`${id} was started without a choice of processors`, {
      hint: 'on cgroup v1 it cannot be made later: start it with --cpuset-cpus',
    });
  }
  return [
    ...updateMemoryV1(
      at('memory.limit_in_bytes', 'memory'),
      at('memory.memsw.limit_in_bytes', 'memory'),
      limits,
      host,
      read,
    ),
    ...set(at('cpu.cfs_period_us', 'cpu'), limits.cpuPeriodUs),
    ...set(at('cpu.cfs_quota_us', 'cpu'), limits.cpuQuotaUs),
    ...set(at('cpu.shares', 'cpu'), limits.cpuShares),
    ...set(at('pids.max', 'pids'), limits.pidsLimit),
    ...set(
      at('cpuset.cpus', 'cpuset'),
      limits.cpusetCpus === undefined ? undefined : normalised(limits.cpusetCpus),
    ),
    ...set(
      at('cpuset.mems', 'cpuset'),
      limits.cpusetMems === undefined ? undefined : normalised(limits.cpusetMems),
    ),
  ];
}

/**
 * The kernel holds limit ≤ memsw at every moment (EINVAL): raised from above, lowered from below.
 */
function updateMemoryV1(
  limitPath: string,
  swapPath: string,
  { memoryLimitBytes, memorySwapBytes }: Limits,
  { pageSizeBytes }: CgroupFacts,
  read: ReadFile,
): WriteOp[] {
  const swapBytes = memorySwapBytes ?? memoryLimitBytes;
  const presentSwap = read(swapPath);
  const limit: WriteOp[] =
    memoryLimitBytes === undefined ? [] : [bytes(limitPath, memoryLimitBytes, pageSizeBytes)];
  const swap: WriteOp[] =
    swapBytes === undefined || presentSwap === undefined
      ? []
      : [bytes(swapPath, swapBytes, pageSizeBytes)];
  const raises = swapBytes === -1 || (swapBytes ?? 0) >= Number(presentSwap);
  return raises ? [...swap, ...limit] : [...limit, ...swap];
}

function bytes(path: string, value: number, pageSizeBytes: number): WriteOp {
  // What -1 reads back as depends on the page size: the most pages that a counter holds.
  return value === -1
    ? { kind: 'write', path, value: '-1' }
    : { kind: 'write', path, value: String(value), readBack: wholePages(value, pageSizeBytes) };
}

function updateV2(path: string, limits: Limits, host: CgroupFacts, read: ReadFile): WriteOp[] {
  // Each half of cpu.max that is not given stays: the kernel takes the quota alone, but never the
  // period alone.
  const [quota, period] = (read(`${path}/cpu.max`) ?? 'max 100000').split(' ');
  const writes = v2Writes(path, limits, host).map((write): WriteOp => {
    if (!write.path.endsWith('/cpu.max')) return write;
    const value = `${limits.cpuQuotaUs ?? quota} ${limits.cpuPeriodUs ?? period}`;
    return { ...write, value, readBack: value };
  });
  const swapIsWritten = limits.memoryLimitBytes !== undefined && limits.memorySwapBytes !== -1;
  const accounted = host.cgroup.mode === 'v2' && host.cgroup.swapAccounting;
  if (limits.memorySwapBytes === undefined || swapIsWritten || !accounted) return writes;
  const limit = Number(read(`${path}/memory.max`));
  const value =
    limits.memorySwapBytes === -1 || Number.isNaN(limit)
      ? 'max'
      : wholePages(Math.max(0, limits.memorySwapBytes - limit), host.pageSizeBytes);
  return [...writes, { kind: 'write', path: `${path}/memory.swap.max`, value, readBack: value }];
}

function perform({ path, value, readBack }: WriteOp): void {
  const file = basename(path);
  try {
    writeFile(path, value);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENODEV')) throw absent(path, cause);
    if (!isErrno(cause)) throw cause;
    throw new TerrariumError(`${file} cannot be set to ${value}: ${cause.code}`, {
      hint: explain(cause.code ?? '', file),
      cause,
    });
  }
  const said = readBack === undefined ? undefined : readIfThere(path);
  if (said !== readBack)
    throw new TerrariumError(`${file} was set to ${value}, and the kernel says ${said}`);
}

/** Of v2: the group is there, and its controller switched off. */
function absent(path: string, cause: unknown): StateError {
  const group = dirname(path);
  const file = basename(path);
  if (readIfThere(`${group}/cgroup.procs`) === undefined)
    return new StateError(`no control group at ${group}`, {
      hint: 'the container may have ended',
      cause,
    });
  const [controller = ''] = file.split('.');
  return new StateError(`${group} has no ${file}: its controller has been switched off`, {
    hint: `echo +${controller} > ${dirname(group)}/cgroup.subtree_control says why it stays so; systemd switches off what no unit with Delegate=yes needs`,
    cause,
  });
}

function explain(code: string, file: string): string | undefined {
  if (code === 'EBUSY' && file.startsWith('memory.'))
    return 'the container uses more than that, and the kernel cannot take it away: end something in it, or choose a higher limit';
  if (code === 'EBUSY') return 'the kernel is using what would be taken away';
  if (code === 'EINVAL')
    return 'the value is out of the range that the kernel takes, or a group inside the container has a higher one';
  return undefined;
}
