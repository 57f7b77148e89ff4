// `--memory`, `--memory-swap`, `--memory-reservation` and `--memory-high`.

import type { Parsed } from '../config/problems.ts';
import { formatSize, parseSize } from '../config/units.ts';
import type { Limits } from './limits.ts';
import { amount, into, limit, numberField } from './option.ts';

/**
 * Less than this and the kernel kills the container while it is being set up. A BusyBox shell with
 * its namespaces and mounts was measured to peak between 0.75 and 1.0 MiB, kernel memory included,
 * and never survived 512 KiB; this is twice the peak.
 */
export const MEMORY_MINIMUM_BYTES = 2 * 1024 * 1024;

export const memoryFields = {
  memoryLimitBytes: numberField(),
  /**
   * Memory plus swap, in bytes (docker's `--memory-swap`). Default: the memory limit, so no swap.
   * -1: unlimited.
   */
  memorySwapBytes: numberField(),
  /** What reclaim spares as long as it can: v1 memory.soft_limit_in_bytes, v2 memory.low. */
  memoryReservationBytes: numberField(),
  /** Above it processes are slowed down and their memory is reclaimed: v2 memory.high. */
  memoryHighBytes: numberField(),
};

export const memory = {
  /** Memory limit: bytes, or a size such as `256m` or `1.5g`. Default: none. */
  memory: limit(amount(), {
    flag: '-m, --memory <size>',
    help: 'memory at most: 64m, 1.5g (swap is off unless --memory-swap is given)',
    read: (size, { host }) =>
      into(parseMemory(size, host.memoryTotalBytes), (memoryLimitBytes) => ({
        memoryLimitBytes,
        memorySwapBytes: memoryLimitBytes,
      })),
  }),
  /**
   * Memory and swap together, as `memory`, or -1 for unlimited swap. Default: the memory limit, so
   * no swap.
   */
  memorySwap: limit(amount(), {
    flag: '--memory-swap <size>',
    help: 'memory and swap together at most; -1 for unlimited swap',
    read: (size, { given, limits }) => {
      // A wrong memory limit is one mistake, not two: the swap limit is then only read for its own
      // sake.
      const smallest = given.memory === undefined ? undefined : (limits.memoryLimitBytes ?? 0);
      return into(parseMemorySwap(size, smallest), (memorySwapBytes) => ({ memorySwapBytes }));
    },
  }),
  /** Memory that the host takes away last when it runs short: a size. Default: none. */
  memoryReservation: limit(amount(), {
    flag: '--memory-reservation <size>',
    help: 'memory that is reclaimed last when the host runs short: 32m',
    read: (size, { host, limits }) =>
      into(parsePart(size, host.memoryTotalBytes, limits), (memoryReservationBytes) => ({
        memoryReservationBytes,
      })),
  }),
  /**
   * Memory above which its processes are slowed down and not killed: a size. Needs cgroup v2.
   * Default: none.
   */
  memoryHigh: limit(amount(), {
    flag: '--memory-high <size>',
    help: 'memory above which processes are slowed down, not killed: 48m (cgroup v2)',
    read: (size, { host, limits }) =>
      into(parsePart(size, host.memoryTotalBytes, limits), (memoryHighBytes) => ({
        memoryHighBytes,
      })),
  }),
};

/** The memory limit in bytes: at least MEMORY_MINIMUM_BYTES and at most what the host has. */
export function parseMemory(input: string | number, hostBytes: number): Parsed<number> {
  const size = parseSize(input);
  if ('problem' in size) return size;
  if (size.value < MEMORY_MINIMUM_BYTES) {
    const hint = `the least that works is ${formatSize(MEMORY_MINIMUM_BYTES)}: the kernel charges page tables, stacks and mounts to the container too`;
    return { problem: 'is too little memory to start anything in', hint };
  }
  // 0: /proc/meminfo is not there.
  if (hostBytes > 0 && size.value > hostBytes) {
    return {
      problem: 'is more memory than the host has',
      hint: `the host has ${formatSize(hostBytes)}; leave the limit out for no limit`,
    };
  }
  return size;
}

/** A threshold below the memory limit: above it, it would never be reached. */
function parsePart(
  input: string | number,
  hostBytes: number,
  { memoryLimitBytes }: Pick<Limits, 'memoryLimitBytes'>,
): Parsed<number> {
  const size = parseMemory(input, hostBytes);
  if ('problem' in size || memoryLimitBytes === undefined || size.value <= memoryLimitBytes)
    return size;
  return {
    problem: 'is more than the memory limit',
    hint: `at most ${formatSize(memoryLimitBytes)}, which --memory gives it`,
  };
}

/**
 * Memory plus swap in bytes, -1 for no limit. Needs the memory limit, and cannot be below it
 * (docker's `--memory-swap`).
 */
export function parseMemorySwap(
  input: string | number,
  memoryBytes: number | undefined,
): Parsed<number> {
  const size: Parsed<number> = String(input) === '-1' ? { value: -1 } : parseSize(input);
  if ('problem' in size)
    return {
      ...size,
      hint: 'memory and swap together: a size such as 128m, or -1 for unlimited swap',
    };
  if (memoryBytes === undefined)
    return {
      problem: 'needs a memory limit too',
      hint: 'it is memory and swap together; give memory as well',
    };
  if (size.value !== -1 && size.value < memoryBytes) {
    return {
      problem: 'is less than the memory limit',
      hint: 'it is memory and swap together; the same value as memory means no swap',
    };
  }
  return size;
}
