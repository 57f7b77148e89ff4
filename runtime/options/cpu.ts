// `--cpus`, `--cpu-shares` and `--cpuset-cpus`.
import type { Parsed } from '../config/problems.ts';
import { parseWhole } from '../config/units.ts';
import { amount, into, limit, numberField, text, textField } from './option.ts';

/** CFS period, microseconds: the kernel's own default (Documentation/scheduler/sched-bwc.rst). */
const CPU_PERIOD_US = 100_000;

export const cpuFields = {
  cpuQuotaUs: numberField(),
  cpuPeriodUs: numberField(),
  /** v1 shares, 2 to 262144, 1024 by default; converted to `cpu.weight` on v2. */
  cpuShares: numberField(),
  cpusetCpus: textField(),
  cpusetMems: textField(),
};

export const cpu = {
  /**
   * Processors' worth of time, from 0.01 to the host's number of processors: 0.5 is half of one.
   * Default: no limit.
   */
  cpus: limit(amount(), {
    flag: '--cpus <number>',
    help: "processors' worth of time: 0.5 is half of one",
    read: (cpus, { host }) =>
      into(parseCpus(cpus, host.cpus), (cpuQuotaUs) => ({
        cpuQuotaUs,
        cpuPeriodUs: CPU_PERIOD_US,
      })),
  }),
  /**
   * Weight against others when the processors are busy, 2 to 262144. Default: the kernel's 1024.
   */
  cpuShares: limit(amount(), {
    flag: '--cpu-shares <weight>',
    help: 'weight against others, 2 to 262144 (kernel default: 1024)',
    read: (weight) => into(parseWhole(weight, 2, 262_144), (cpuShares) => ({ cpuShares })),
  }),
  /** The processors it may run on: `0-3,6`. Default: all. */
  cpusetCpus: limit(text(), {
    flag: '--cpuset-cpus <list>',
    help: 'processors it may run on: 0-3,6',
    read: (list, { host }) =>
      into(parseCpuset(list, host.cpuList), (cpusetCpus) => ({ cpusetCpus })),
  }),
};

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

type Range = readonly [first: number, last: number];

/** The kernel's NR_CPUS is 8192 at most. */
const MOST = 8192;

/** Sorted, overlapping and adjoining ranges joined; undefined if it is not a list. */
function ranges(list: string): Range[] | undefined {
  const parsed: Range[] = [];
  for (const part of list.split(',')) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (!match) return undefined;
    const range: Range = [Number(match[1]), Number(match[2] ?? match[1])];
    if (range[1] < range[0] || range[1] >= MOST) return undefined;
    parsed.push(range);
  }
  const joined: Range[] = [];
  for (const range of parsed.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && range[0] <= last[1] + 1)
      joined[joined.length - 1] = [last[0], Math.max(last[1], range[1])];
    else joined.push(range);
  }
  return joined;
}

/** The list as the kernel writes it back, once every processor in it is known to be online. */
export function parseCpuset(input: string, online: string): Parsed<string> {
  const wanted = ranges(input);
  if (!wanted)
    return {
      problem: 'is not a list of processors',
      hint: 'numbers and ranges with commas between them: 0-3,6',
    };
  const there = ranges(online.trim()) ?? [];
  const absent = wanted.find(
    ([first, last]) => !there.some((range) => range[0] <= first && last <= range[1]),
  );
  if (absent)
    return {
      problem: `names a processor that is not online: ${written(absent)}`,
      hint: `online are ${online.trim()}`,
    };
  return { value: wanted.map(written).join(',') };
}

function written([first, last]: Range): string {
  return first === last ? String(first) : `${first}-${last}`;
}
