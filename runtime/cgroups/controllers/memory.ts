// Memory and swap: cgroup-v1/memory.rst, cgroup-v2.rst "Memory". Pure.
import {
  type CgroupFacts,
  type Change,
  type Groups,
  type Limits,
  limit,
  type MeasuringController,
  type Row,
  type WriteOp,
} from './controller.ts';
import { parseKeyed, parseNumber } from './parse.ts';

/**
 * Bytes. Limits are undefined where there are none, `peakBytes` where the kernel does not keep it
 * (v2 before 5.19).
 */
export interface MemoryStats {
  readonly usageBytes: number;
  readonly peakBytes: number | undefined;
  readonly limitBytes: number | undefined;
  readonly reservationBytes?: number | undefined;
  readonly highBytes?: number | undefined;
  /** Processes of the group that the OOM killer ended. */
  readonly oomKills: number;
}

export const memory: MeasuringController<MemoryStats> = {
  name: 'memory',
  hierarchies: ['memory'],
  options: {
    'memory.max': '--memory',
    'memory.swap.max': '--memory-swap',
    'memory.low': '--memory-reservation',
    'memory.high': '--memory-high',
  },
  without: { memory: 'LIM-01: memory cannot be limited' },

  asks({ memoryLimitBytes, memoryReservationBytes, memoryHighBytes }) {
    if (memoryLimitBytes !== undefined) return 'the memory limit';
    if (memoryHighBytes !== undefined) return 'the slowing down above --memory-high';
    return memoryReservationBytes === undefined ? undefined : 'the memory reservation';
  },

  refuse({ memoryHighBytes }, { mode }) {
    if (memoryHighBytes === undefined || mode === 'v2') return undefined;
    return {
      limit: 'the slowing down above --memory-high',
      reason: 'it is memory.high of cgroup v2, and this host has its memory controller on v1',
      hint: 'v1 has --memory, at which it kills, and --memory-reservation; systemd.unified_cgroup_hierarchy=1 boots with v2',
    };
  },

  v1: (group, limits, host) => [
    ...limitsV1(group, limits, host),
    ...thresholds(group, limits, host),
  ],

  v2: (group, limits, host) => [
    ...limitsV2(group, limits, host),
    ...thresholds(group, limits, host),
  ],

  update: (change) => [
    ...(change.host.cgroup.mode === 'v2' ? updateV2(change) : updateV1(change)),
    ...thresholds(change.group, change.limits, change.host),
  ],

  warnings({ memoryLimitBytes, memorySwapBytes }, { cgroup, swapTotalBytes }) {
    if (cgroup.mode === 'none' || cgroup.swapAccounting || swapTotalBytes === 0) return [];
    if (memoryLimitBytes === undefined || memorySwapBytes === -1) return [];
    return [
      'the kernel does not account swap (swapaccount=1 is needed): the container may swap beyond its memory limit',
    ];
  },

  hint({ step, code, file, value }) {
    if (step === 'join')
      return code === 'ENOMEM'
        ? 'the memory limit is too low for the init itself: raise --memory'
        : undefined;
    const ofSwap = file.includes('memsw') || file === 'memory.swap.max';
    if (code === 'ENOENT' && ofSwap)
      return 'this kernel does not account swap: boot it with swapaccount=1, or leave --memory-swap out';
    if (code === 'EINVAL' && file.includes('memsw') && step === 'limit')
      return 'memory and swap together cannot be less than the memory alone: raise --memory-swap to --memory at least';
    if (code === 'EOPNOTSUPP' && file === 'memory.soft_limit_in_bytes')
      return 'a kernel with PREEMPT_RT has no soft limit on cgroup v1: leave --memory-reservation out';
    if (code !== 'EBUSY' || step === 'program') return undefined;
    return step === 'update'
      ? 'the container uses more than that, and the kernel cannot take it away: end something in it, or choose a higher limit'
      : `what is in the group uses more than ${value} already, and the kernel could not take it back`;
  },

  stats({ version, at, read }) {
    const group = at('memory');
    const [usage, peak, max, reserved] =
      version === 2
        ? ['current', 'peak', 'max', 'low']
        : ['usage_in_bytes', 'max_usage_in_bytes', 'limit_in_bytes', 'soft_limit_in_bytes'];
    const number = (name = '') => parseNumber(read(`${group}/memory.${name}`));
    const usageBytes = group === undefined ? undefined : number(usage);
    if (group === undefined || usageBytes === undefined) return undefined;
    const oomKills = countedKills({ version, at, read }) ?? 0;
    return {
      ...{ usageBytes, peakBytes: number(peak), limitBytes: number(max) },
      // memory.low is 0 for none.
      reservationBytes: number(reserved) || undefined,
      highBytes: version === 2 ? number('high') : undefined,
      oomKills,
    };
  },

  rows(stats, { bytes }) {
    const size = (amount: number | undefined) => (amount === undefined ? undefined : bytes(amount));
    return [
      ['memory', size(stats?.usageBytes)],
      ['  at most so far', size(stats?.peakBytes)],
      ['  limit', stats && (size(stats.limitBytes) ?? 'none')],
      ['  processes killed for it', stats?.oomKills],
      ...given('  reserved', size(stats?.reservationBytes)),
      ...given('  slowed down above', size(stats?.highBytes)),
    ];
  },
};

function given(name: string, value: string | undefined): Row[] {
  return value === undefined ? [] : [[name, value]];
}

/**
 * Where the kernel counts the processes that its OOM killer has ended; undefined where it does
 * not.
 */
export function oomCounter({
  version,
  at,
}: Pick<Groups, 'version' | 'at'>): { readonly path: string; readonly name: string } | undefined {
  const group = at('memory');
  const file = version === 2 ? 'memory.events' : 'memory.oom_control';
  return group === undefined ? undefined : { path: `${group}/${file}`, name: 'oom_kill' };
}

/**
 * Processes that the OOM killer has ended so far; undefined where nothing counts them, or the group
 * cannot be seen.
 */
export function countedKills(groups: Groups): number | undefined {
  const counter = oomCounter(groups);
  return counter && parseKeyed(groups.read(counter.path)).get(counter.name);
}

function limitsV1(
  group: string,
  { memoryLimitBytes, memorySwapBytes }: Limits,
  host: CgroupFacts,
): WriteOp[] {
  if (memoryLimitBytes === undefined) return [];
  const swap = memorySwapBytes ?? memoryLimitBytes;
  // memsw may never be below the limit, so in a new group the limit goes first.
  return [
    bytes(`${group}/memory.limit_in_bytes`, memoryLimitBytes, host),
    ...(accountsSwap(host) && swap !== -1
      ? [bytes(`${group}/memory.memsw.limit_in_bytes`, swap, host)]
      : []),
  ];
}

/** `memory.oom.group` stays 0, so that a shell outlives what it ran. */
function limitsV2(
  group: string,
  { memoryLimitBytes, memorySwapBytes }: Limits,
  host: CgroupFacts,
): WriteOp[] {
  if (memoryLimitBytes === undefined) return [];
  // Swap alone here, where v1 and OCI count memory and swap together.
  const swap = (memorySwapBytes ?? memoryLimitBytes) - memoryLimitBytes;
  return [
    bytes(`${group}/memory.max`, memoryLimitBytes, host),
    ...(accountsSwap(host) && memorySwapBytes !== -1
      ? [bytes(`${group}/memory.swap.max`, swap, host)]
      : []),
  ];
}

/** They depend on no other limit. */
function thresholds(
  group: string,
  { memoryReservationBytes, memoryHighBytes }: Limits,
  host: CgroupFacts,
): WriteOp[] {
  const reserved = host.cgroup.mode === 'v2' ? 'memory.low' : 'memory.soft_limit_in_bytes';
  return [
    ...(memoryReservationBytes === undefined
      ? []
      : [bytes(`${group}/${reserved}`, memoryReservationBytes, host)]),
    ...(memoryHighBytes === undefined
      ? []
      : [bytes(`${group}/memory.high`, memoryHighBytes, host)]),
  ];
}

/**
 * The kernel holds limit ≤ memsw at every moment (EINVAL): raised from above, lowered from below.
 */
function updateV1({ group, limits, host, read }: Change): WriteOp[] {
  const { memoryLimitBytes, memorySwapBytes = memoryLimitBytes } = limits;
  const swapPath = `${group}/memory.memsw.limit_in_bytes`;
  const presentSwap = read(swapPath);
  const max =
    memoryLimitBytes === undefined
      ? []
      : [bytes(`${group}/memory.limit_in_bytes`, memoryLimitBytes, host)];
  const swap =
    memorySwapBytes === undefined || presentSwap === undefined
      ? []
      : [bytes(swapPath, memorySwapBytes, host)];
  const raises = memorySwapBytes === -1 || (memorySwapBytes ?? 0) >= Number(presentSwap);
  return raises ? [...swap, ...max] : [...max, ...swap];
}

function updateV2({ group, limits, host, read }: Change): WriteOp[] {
  const { memoryLimitBytes, memorySwapBytes } = limits;
  const writes = limitsV2(group, limits, host);
  const swapIsWritten = memoryLimitBytes !== undefined && memorySwapBytes !== -1;
  if (memorySwapBytes === undefined || swapIsWritten || !accountsSwap(host)) return writes;
  const present = Number(read(`${group}/memory.max`));
  const swap = `${group}/memory.swap.max`;
  return [
    ...writes,
    memorySwapBytes === -1 || Number.isNaN(present)
      ? limit(swap, 'max')
      : bytes(swap, Math.max(0, memorySwapBytes - present), host),
  ];
}

function accountsSwap({ cgroup }: CgroupFacts): boolean {
  return cgroup.mode !== 'none' && cgroup.swapAccounting;
}

function bytes(path: string, value: number, { pageSizeBytes }: CgroupFacts): WriteOp {
  // What -1 reads back as depends on the page size: the most pages that a counter holds.
  if (value === -1) return { kind: 'write', path, value: '-1' };
  // The kernel rounds down to whole pages (page_counter_memparse).
  return limit(path, value, String(Math.floor(value / pageSizeBytes) * pageSizeBytes));
}
