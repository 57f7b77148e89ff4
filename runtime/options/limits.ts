// Resource limits: from sizes, processors and counts to what the kernel is told.

import type { Resources } from '../config/config.ts';
import { DEFAULT_DEVICE_RULES } from '../config/defaults.ts';
import { collectProblems, type Parsed, type Problems } from '../config/problems.ts';
import {
  CPU_PERIOD_US,
  parseCpus,
  parseMemory,
  parseMemorySwap,
  parsePidsLimit,
  parseWhole,
} from '../config/units.ts';
import type { HostFacts } from '../host/facts.ts';
import { parseCpuset } from './cpuset.ts';
import type { Given } from './shape.ts';

export type LimitOptions = Pick<
  Given,
  'memory' | 'memorySwap' | 'cpus' | 'cpuShares' | 'cpusetCpus' | 'pidsLimit'
>;

type Capacity = Pick<HostFacts, 'memoryTotalBytes' | 'cpus' | 'cpuList'>;

/**
 * Limits with the standard device rules. Swap is off when memory is limited and nothing is said of
 * it.
 */
export function parseLimits(options: LimitOptions, host: Capacity, problems: Problems): Resources {
  const parse = <V, T>(
    field: keyof LimitOptions,
    value: V | undefined,
    parser: (value: V) => Parsed<T>,
  ): T | undefined =>
    value === undefined ? undefined : problems.accept(field, value, parser(value));

  const memoryLimitBytes = parse('memory', options.memory, (value) =>
    parseMemory(value, host.memoryTotalBytes),
  );
  // A wrong memory limit is one mistake, not two: the swap limit is then only read for its own
  // sake.
  const floor = options.memory === undefined ? undefined : (memoryLimitBytes ?? 0);
  const memorySwapBytes =
    parse('memorySwap', options.memorySwap, (value) => parseMemorySwap(value, floor)) ??
    memoryLimitBytes;
  const cpuQuotaUs = parse('cpus', options.cpus, (value) => parseCpus(value, host.cpus));
  const cpuShares = parse('cpuShares', options.cpuShares, (value) => parseWhole(value, 2, 262_144));
  const cpusetCpus = parse('cpusetCpus', options.cpusetCpus, (value) =>
    parseCpuset(value, host.cpuList),
  );
  const pidsLimit = parse('pidsLimit', options.pidsLimit, parsePidsLimit);
  return {
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(memorySwapBytes === undefined ? {} : { memorySwapBytes }),
    ...(cpuQuotaUs === undefined ? {} : { cpuQuotaUs, cpuPeriodUs: CPU_PERIOD_US }),
    ...(cpuShares === undefined ? {} : { cpuShares }),
    ...(cpusetCpus === undefined ? {} : { cpusetCpus }),
    ...(pidsLimit === undefined ? {} : { pidsLimit }),
    devices: DEFAULT_DEVICE_RULES,
  };
}

/**
 * New limits for a container that exists: those that are given, the others untouched. @throws
 * ConfigError
 */
export function limitsFrom(options: LimitOptions, host: Capacity): Omit<Resources, 'devices'> {
  const problems = collectProblems();
  const { devices: _, ...limits } = parseLimits(options, host, problems);
  // Absent means untouched here, so that "none" cannot be said.
  if (
    problems.list.length === 0 &&
    options.pidsLimit !== undefined &&
    limits.pidsLimit === undefined
  ) {
    problems.add(
      'pidsLimit',
      options.pidsLimit,
      'cannot take the limit off',
      `${2 ** 22} is as much as the kernel ever allows`,
    );
  }
  if (problems.list.length > 0) throw problems.error();
  return limits;
}
