// CPU time: scheduler/sched-bwc.rst, cgroup-v2.rst "CPU". Pure.
import {
  above,
  type Change,
  type Groups,
  type Limits,
  limit,
  type MeasuringController,
  type ReadFile,
  type WriteOp,
} from './controller.ts';
import { parseKeyed, parseNumber } from './parse.ts';

/**
 * Nanoseconds of CPU time; periods that ran out of quota, and the time spent waiting for the next
 * one, of all its CPUs.
 */
export interface CpuStats {
  readonly usageNs: number;
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledNs: number;
}

/** What a new group has already, in microseconds. */
const DEFAULT_PERIOD_US = 100_000;

export const cpu: MeasuringController<CpuStats> = {
  name: 'cpu',
  hierarchies: ['cpu', 'cpuacct'],
  options: { 'cpu.max': '--cpus', 'cpu.weight': '--cpu-shares' },
  without: {
    cpu: 'LIM-02: CPU time cannot be limited',
    cpuacct: 'LIM-02: CPU time of a container cannot be read',
  },
  asks: ({ cpuQuotaUs, cpuShares }) =>
    cpuQuotaUs === undefined && cpuShares === undefined ? undefined : 'the CPU limit',

  v1(group, { cpuPeriodUs, ...rest }) {
    const usual = cpuPeriodUs === undefined || cpuPeriodUs === DEFAULT_PERIOD_US;
    return limitsV1(group, usual ? rest : { ...rest, cpuPeriodUs });
  },

  v2: limitsV2,

  weights: ({ cpuShares }) =>
    cpuShares === undefined ? {} : { CPUWeight: sharesToWeight(cpuShares) },

  update: (change) =>
    change.host.cgroup.mode === 'v2' ? updateV2(change) : limitsV1(change.group, change.limits),

  hint({ step, code, group, file, value, read }) {
    if (step === 'join')
      return code === 'EINVAL'
        ? `a real-time process cannot join a group without real-time budget (cpu.rt_runtime_us of ${group}): start the runtime with chrt --other 0`
        : undefined;
    if (step !== 'limit' || !(file.startsWith('cpu.cfs_') || file === 'cpu.max')) return undefined;
    if (code === 'ENOENT')
      return `this kernel has no CPU quota (CONFIG_CFS_BANDWIDTH), or the cpu controller is not passed on to ${group}`;
    if (code !== 'EINVAL') return undefined;
    const present = read(`${above(group)}/${file}`);
    const parent =
      present === undefined || present === '-1' || present.startsWith('max')
        ? ''
        : `, and may ask for no more than the group above, which has ${present}`;
    return `the CPU quota is at least 1000 and the period 1000 to 1000000 µs${parent}: ${value} was written`;
  },

  stats: (groups) => (groups.version === 2 ? statsV2(groups) : statsV1(groups)),

  rows(stats, { nanoseconds }) {
    return [
      ['processor time', stats && nanoseconds(stats.usageNs)],
      [
        '  held back by the limit',
        stats &&
          `${nanoseconds(stats.throttledNs)}, in ${stats.throttledPeriods} of ${stats.periods} periods`,
      ],
    ];
  },
};

function limitsV1(group: string, { cpuQuotaUs, cpuPeriodUs, cpuShares }: Limits): WriteOp[] {
  return [
    ...(cpuPeriodUs === undefined ? [] : [limit(`${group}/cpu.cfs_period_us`, cpuPeriodUs)]),
    ...(cpuQuotaUs === undefined ? [] : [limit(`${group}/cpu.cfs_quota_us`, cpuQuotaUs)]),
    ...(cpuShares === undefined ? [] : [limit(`${group}/cpu.shares`, cpuShares)]),
  ];
}

function limitsV2(group: string, { cpuQuotaUs, cpuPeriodUs, cpuShares }: Limits): WriteOp[] {
  const max = `${cpuQuotaUs ?? 'max'} ${cpuPeriodUs ?? DEFAULT_PERIOD_US}`;
  return [
    ...(cpuQuotaUs === undefined && cpuPeriodUs === undefined
      ? []
      : [limit(`${group}/cpu.max`, max)]),
    ...(cpuShares === undefined ? [] : [limit(`${group}/cpu.weight`, sharesToWeight(cpuShares))]),
  ];
}

/**
 * Each half of cpu.max that is not given stays: the kernel takes the quota alone, but never the
 * period alone.
 */
function updateV2({ group, limits, read }: Change): WriteOp[] {
  const [quota, period] = (read(`${group}/cpu.max`) ?? `max ${DEFAULT_PERIOD_US}`).split(' ');
  const max = `${limits.cpuQuotaUs ?? quota} ${limits.cpuPeriodUs ?? period}`;
  const writes = limitsV2(group, limits).map((write) =>
    write.path.endsWith('/cpu.max') ? limit(write.path, max) : write,
  );
  const { cpuShares } = limits;
  const scope = cpuShares === undefined ? undefined : ownScope(group, read);
  if (scope === undefined || cpuShares === undefined) return writes;
  const value = String(sharesToWeight(cpuShares));
  return [...writes, { kind: 'write', path: `${scope}/cpu.weight`, value }];
}

/** The scope that holds no other container: beside its cgroup there is the keeper's leaf. */
function ownScope(group: string, read: ReadFile): string | undefined {
  const scope = above(group);
  if (!/\/terrarium[-.][^/]*\.scope$/.test(scope)) return undefined;
  return /^nr_descendants [12]$/m.test(read(`${scope}/cgroup.stat`) ?? '') ? scope : undefined;
}

/**
 * v1 shares (2 to 262144, usually 1024) to a v2 weight (1 to 10000, usually 100): ⌈10^((l² + 125 l)
 * / 612 − 7/34)⌉ with l = log₂ shares. The curve through both ends and both defaults, as crun 1.23
 * and runc 1.3.2 have it; the linear one before gave a container of 1024 shares 39 % of what
 * each group beside it has (opencontainers/runc#4772).
 */
export function sharesToWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

function statsV1({ at, read }: Groups): CpuStats | undefined {
  const usageNs = parseNumber(read(`${at('cpuacct')}/cpuacct.usage`));
  if (at('cpuacct') === undefined || usageNs === undefined) return undefined;
  const stat = parseKeyed(at('cpu') && read(`${at('cpu')}/cpu.stat`));
  return {
    usageNs,
    periods: stat.get('nr_periods') ?? 0,
    throttledPeriods: stat.get('nr_throttled') ?? 0,
    throttledNs: stat.get('throttled_time') ?? 0,
  };
}

function statsV2({ at, read }: Groups): CpuStats | undefined {
  const stat = parseKeyed(at('cpu') && read(`${at('cpu')}/cpu.stat`));
  const usageUs = stat.get('usage_usec');
  if (usageUs === undefined) return undefined;
  return {
    usageNs: usageUs * 1000,
    periods: stat.get('nr_periods') ?? 0,
    throttledPeriods: stat.get('nr_throttled') ?? 0,
    throttledNs: (stat.get('throttled_usec') ?? 0) * 1000,
  };
}
