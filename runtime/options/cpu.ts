// `--cpus`, `--cpu-shares` and `--cpuset-cpus`.
import { formatCpuList, parseCpuList } from '../base/cpu-list.ts';
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

/** The list as the kernel writes it back, once every processor in it is known to be online. */
export function parseCpuset(input: string, online: string): Parsed<string> {
  const wanted = parseCpuList(input);
  if (!wanted)
    return {
      problem: 'is not a list of processors',
      hint: 'numbers and ranges with commas between them: 0-3,6',
    };
  const there = new Set(parseCpuList(online.trim()));
  const absent = wanted.filter((cpu) => !there.has(cpu));
  if (absent.length > 0)
    return {
      problem: `names a processor that is not online: ${formatCpuList(absent)}`,
      hint: `online are ${online.trim()}`,
    };
  return { value: formatCpuList(wanted) };
}
