// Memory and swap: cgroup-v1/memory.rst, cgroup-v2.rst "Memory". Pure.
import {
  type CgroupController,
  type CgroupFacts,
  type Change,
  type Limits,
  limit,
  type WriteOp,
} from './controller.ts';

export const memory: CgroupController = {
  name: 'memory',
  hierarchies: ['memory'],
  asks: ({ memoryLimitBytes }) => (memoryLimitBytes === undefined ? undefined : 'the memory limit'),

  v1(group, { memoryLimitBytes, memorySwapBytes }, host) {
    if (memoryLimitBytes === undefined) return [];
    const swap = memorySwapBytes ?? memoryLimitBytes;
    // memsw may never be below the limit, so in a new group the limit goes first.
    return [
      bytes(`${group}/memory.limit_in_bytes`, memoryLimitBytes, host),
      ...(accountsSwap(host) && swap !== -1
        ? [bytes(`${group}/memory.memsw.limit_in_bytes`, swap, host)]
        : []),
    ];
  },

  v2: limitsV2,
  update: (change) => (change.host.cgroup.mode === 'v2' ? updateV2(change) : updateV1(change)),

  warnings({ memoryLimitBytes, memorySwapBytes }, { cgroup, swapTotalBytes }) {
    if (cgroup.mode === 'none' || cgroup.swapAccounting || swapTotalBytes === 0) return [];
    if (memoryLimitBytes === undefined || memorySwapBytes === -1) return [];
    return [
      'the kernel does not account swap (swapaccount=1 is needed): the container may swap beyond its memory limit',
    ];
  },
};

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
