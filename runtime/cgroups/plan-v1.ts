// The writes of the v1 controllers: Documentation/admin-guide/cgroup-v1/. Pure.
import type { Resources } from '../config/config.ts';
import { deviceWrites } from './controllers/devices.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import {
  type CgroupFacts,
  DEFAULT_PERIOD_US,
  normalised,
  type WriteOp,
  wantsCpuset,
  wholePages,
} from './limits.ts';

/** Into groups that were just made: their limits are all off. */
export function v1Writes(
  cgroups: ContainerCgroups,
  resources: Resources,
  host: CgroupFacts,
): WriteOp[] {
  const at = (controller: 'memory' | 'cpu' | 'pids' | 'devices' | 'cpuset') =>
    directoryOf(cgroups, controller);
  const devices = at('devices');
  return [
    ...memory(at('memory'), resources, host),
    ...cpu(at('cpu'), resources),
    ...pids(at('pids'), resources),
    ...cpuset(at('cpuset'), resources, host),
    ...(devices === undefined ? [] : deviceWrites(devices, resources.devices)),
  ];
}

function memory(
  path: string | undefined,
  { memoryLimitBytes, memorySwapBytes }: Resources,
  { cgroup, pageSizeBytes }: CgroupFacts,
): WriteOp[] {
  if (path === undefined || memoryLimitBytes === undefined) return [];
  const limit = set(
    `${path}/memory.limit_in_bytes`,
    String(memoryLimitBytes),
    wholePages(memoryLimitBytes, pageSizeBytes),
  );
  const swap = memorySwapBytes ?? memoryLimitBytes;
  const accounted = cgroup.mode !== 'none' && cgroup.swapAccounting;
  // memsw may never be below the limit, so in a new group the limit goes first.
  return accounted && swap !== -1
    ? [
        limit,
        set(`${path}/memory.memsw.limit_in_bytes`, String(swap), wholePages(swap, pageSizeBytes)),
      ]
    : [limit];
}

function cpu(
  path: string | undefined,
  { cpuQuotaUs, cpuPeriodUs, cpuShares }: Resources,
): WriteOp[] {
  if (path === undefined) return [];
  return [
    ...(cpuPeriodUs === undefined || cpuPeriodUs === DEFAULT_PERIOD_US
      ? []
      : [set(`${path}/cpu.cfs_period_us`, String(cpuPeriodUs))]),
    ...(cpuQuotaUs === undefined ? [] : [set(`${path}/cpu.cfs_quota_us`, String(cpuQuotaUs))]),
    ...(cpuShares === undefined ? [] : [set(`${path}/cpu.shares`, String(cpuShares))]),
  ];
}

function pids(path: string | undefined, { pidsLimit }: Resources): WriteOp[] {
  return path === undefined || pidsLimit === undefined
    ? []
    : [set(`${path}/pids.max`, String(pidsLimit))];
}

/**
 * Both lists of a new v1 cpuset are empty, and no process can join it until both are filled
 * (ENOSPC).
 */
function cpuset(
  path: string | undefined,
  resources: Resources,
  { cpuList, memoryNodes }: CgroupFacts,
): WriteOp[] {
  if (path === undefined || !wantsCpuset(resources)) return [];
  const cpus = normalised(resources.cpusetCpus ?? cpuList);
  const mems = normalised(resources.cpusetMems ?? memoryNodes);
  return [set(`${path}/cpuset.cpus`, cpus), set(`${path}/cpuset.mems`, mems)];
}

function set(path: string, value: string, readBack: string = value): WriteOp {
  return { kind: 'write', path, value, readBack };
}
