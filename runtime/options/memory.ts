// `--memory` and `--memory-swap`.

import type { Parsed } from '../config/problems.ts';
import { formatSize, parseSize } from '../config/units.ts';
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
