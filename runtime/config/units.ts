// Amounts as people write them (64m, 0.5 CPUs, 0-3,6) to the kernel's numbers. Pure, and strict:
// nothing is guessed.
import type { Parsed } from './problems.ts';

/**
 * Less than this and the kernel kills the container while it is being set up. A BusyBox shell with
 * its namespaces and mounts was measured to peak between 0.75 and 1.0 MiB, kernel memory included,
 * and never survived 512 KiB; this is twice the peak.
 */
export const MEMORY_MINIMUM_BYTES = 2 * 1024 * 1024;

/** CFS period, microseconds: the kernel's own default (Documentation/scheduler/sched-bwc.rst). */
export const CPU_PERIOD_US = 100_000;

const SUFFIXES = ['', 'k', 'm', 'g', 't'];

/**
 * A size in bytes: a number, or digits with b, k, m, g or t (powers of 1024), `kb` and `KiB` alike;
 * `1.5g` is allowed, blanks and signs are not. Follows docker's `--memory` (docs.docker.com, docker
 * container run).
 */
export function parseSize(input: string | number): Parsed<number> {
  const match = /^(\d{1,16}(?:\.\d{1,16})?)(?:b|([kmgt])(?:i?b)?)?$/i.exec(String(input));
  if (match?.[1] === undefined)
    return {
      problem: 'is not a size',
      hint: 'a size is a number with b, k, m, g or t: 64m, 1.5g, 67108864',
    };
  const bytes = Math.floor(
    Number(match[1]) * 1024 ** SUFFIXES.indexOf((match[2] ?? '').toLowerCase()),
  );
  return Number.isSafeInteger(bytes)
    ? { value: bytes }
    : { problem: 'is more bytes than can be counted' };
}

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

/**
 * Processors' worth of time to a quota in microseconds per CPU_PERIOD_US. The kernel's least quota
 * is 1 ms, hence 0.01.
 */
export function parseCpus(input: string | number, hostCpus: number): Parsed<number> {
  const hint = `a number from 0.01 to ${hostCpus}, the host's processors: 0.5 is half of one`;
  const cpus =
    typeof input === 'number'
      ? input
      : /^\d{1,6}(?:\.\d{1,9})?$|^\.\d{1,9}$/.test(input)
        ? Number(input)
        : Number.NaN;
  if (!Number.isFinite(cpus)) return { problem: 'is not a number of processors', hint };
  if (cpus < 0.01) return { problem: 'is too little to run at all', hint };
  if (cpus > hostCpus) return { problem: 'is more than the host has', hint };
  return { value: Math.round(cpus * CPU_PERIOD_US) };
}

/**
 * A whole number within [from, to]; in text only digits, with a leading minus if `from` is
 * negative.
 */
export function parseWhole(input: string | number, from: number, to: number): Parsed<number> {
  const whole =
    typeof input === 'number' ? input : /^-?\d{1,15}$/.test(input) ? Number(input) : Number.NaN;
  if (Number.isInteger(whole) && whole >= from && whole <= to) return { value: whole };
  return {
    problem: 'is not a whole number in range',
    hint: `a whole number from ${from} to ${to}`,
  };
}

/**
 * Processes at most, threads counted; -1 and 0 mean no limit, answered as undefined. Above
 * PID_MAX_LIMIT (2^22) the kernel says EINVAL.
 */
export function parsePidsLimit(input: string | number): Parsed<number | undefined> {
  const limit = parseWhole(input, -1, 2 ** 22);
  if ('problem' in limit)
    return { ...limit, hint: `a whole number from 1 to ${2 ** 22}; -1 or 0 for no limit` };
  return { value: limit.value > 0 ? limit.value : undefined };
}

/** A detached container's log, unless another size is asked for. */
export const LOG_MAX_BYTES = 16 * 1024 * 1024;
const LOG_MINIMUM_BYTES = 4096;

/**
 * Bytes in one file of a log (docker's `max-size`); -1 and `unlimited` mean no limit, answered as
 * 0.
 */
export function parseLogMaxSize(input: string | number): Parsed<number> {
  if (/^(-1|unlimited)$/.test(String(input))) return { value: 0 };
  const hint = `a size from ${formatSize(LOG_MINIMUM_BYTES)} such as 16m, or -1 for no limit`;
  const size = parseSize(input);
  if ('problem' in size) return { ...size, hint };
  if (size.value < LOG_MINIMUM_BYTES) return { problem: 'is too small for a log', hint };
  return size;
}

/**
 * Bytes as a person reads them, exact: the largest unit that divides them, else with one decimal.
 */
export function formatSize(bytes: number): string {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  );
  const amount = bytes / 1024 ** step;
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${names[step]}`;
}
