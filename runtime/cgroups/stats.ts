// What a container uses and has been denied, in one shape for v1 and v2.
import { StateError } from '../base/errors.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { readIfThere } from './files.ts';

/**
 * Bytes. `limitBytes` is undefined without a limit, `peakBytes` where the kernel does not keep it
 * (v2 before 5.19).
 */
export interface MemoryStats {
  readonly usageBytes: number;
  readonly peakBytes: number | undefined;
  readonly limitBytes: number | undefined;
  /** Processes of the group that the OOM killer ended. */
  readonly oomKills: number;
}

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

export interface PidsStats {
  readonly current: number;
  readonly limit: number | undefined;
  /** Forks refused because of the limit. */
  readonly refusals: number;
}

/** A part is undefined where the host has no such controller. */
export interface ContainerStats {
  readonly memory: MemoryStats | undefined;
  readonly cpu: CpuStats | undefined;
  readonly pids: PidsStats | undefined;
}

/** Reads them now. Throws StateError when the container has no control group (any more). */
export function readStats(id: string, cgroups: ContainerCgroups): ContainerStats {
  const stats = {
    memory: readMemory(directoryOf(cgroups, 'memory'), cgroups.mode),
    cpu:
      cgroups.mode === 'v2'
        ? readCpuV2(directoryOf(cgroups, 'cpu'))
        : readCpuV1(directoryOf(cgroups, 'cpu'), directoryOf(cgroups, 'cpuacct')),
    pids: readPids(directoryOf(cgroups, 'pids')),
  };
  if (!stats.memory && !stats.cpu && !stats.pids)
    throw new StateError(`${id} has no control group`, { hint: 'it may have ended' });
  return stats;
}

/**
 * Where the kernel counts the processes that its OOM killer has ended; undefined where it does
 * not.
 */
export function oomCounter(
  cgroups: ContainerCgroups,
): { readonly path: string; readonly name: string } | undefined {
  const directory = directoryOf(cgroups, 'memory');
  return directory === undefined
    ? undefined
    : { path: oomFile(directory, cgroups.mode), name: OOM_KILLS };
}

/**
 * Processes that the OOM killer has ended so far; undefined where nothing counts them, or the group
 * cannot be seen.
 */
export function oomKills(cgroups: ContainerCgroups): number | undefined {
  const directory = directoryOf(cgroups, 'memory');
  return directory === undefined ? undefined : oomKillsIn(directory, cgroups.mode);
}

function oomKillsIn(directory: string, mode: ContainerCgroups['mode']): number | undefined {
  return keyed(oomFile(directory, mode)).get(OOM_KILLS);
}

const OOM_KILLS = 'oom_kill';

function oomFile(directory: string, mode: ContainerCgroups['mode']): string {
  return `${directory}/${mode === 'v2' ? 'memory.events' : 'memory.oom_control'}`;
}

function readMemory(
  path: string | undefined,
  mode: ContainerCgroups['mode'],
): MemoryStats | undefined {
  const [usage, peak, limit] =
    mode === 'v2'
      ? ['current', 'peak', 'max']
      : ['usage_in_bytes', 'max_usage_in_bytes', 'limit_in_bytes'];
  const usageBytes = path === undefined ? undefined : number(`${path}/memory.${usage}`);
  if (path === undefined || usageBytes === undefined) return undefined;
  return {
    usageBytes,
    peakBytes: number(`${path}/memory.${peak}`),
    limitBytes: number(`${path}/memory.${limit}`),
    oomKills: oomKillsIn(path, mode) ?? 0,
  };
}

function readCpuV1(cpu: string | undefined, cpuacct: string | undefined): CpuStats | undefined {
  const usageNs = cpuacct === undefined ? undefined : number(`${cpuacct}/cpuacct.usage`);
  if (usageNs === undefined) return undefined;
  const stat = cpu === undefined ? new Map<string, number>() : keyed(`${cpu}/cpu.stat`);
  return {
    usageNs,
    periods: stat.get('nr_periods') ?? 0,
    throttledPeriods: stat.get('nr_throttled') ?? 0,
    throttledNs: stat.get('throttled_time') ?? 0,
  };
}

function readCpuV2(path: string | undefined): CpuStats | undefined {
  const stat = path === undefined ? new Map<string, number>() : keyed(`${path}/cpu.stat`);
  const usageUs = stat.get('usage_usec');
  if (usageUs === undefined) return undefined;
  return {
    usageNs: usageUs * 1000,
    periods: stat.get('nr_periods') ?? 0,
    throttledPeriods: stat.get('nr_throttled') ?? 0,
    throttledNs: (stat.get('throttled_usec') ?? 0) * 1000,
  };
}

function readPids(path: string | undefined): PidsStats | undefined {
  const current = path === undefined ? undefined : number(`${path}/pids.current`);
  if (path === undefined || current === undefined) return undefined;
  return {
    current,
    limit: number(`${path}/pids.max`),
    refusals: keyed(`${path}/pids.events`).get('max') ?? 0,
  };
}

/** v1 says "no limit" as the most pages that a counter holds, v2 as `max`. */
const UNLIMITED = 2 ** 62;

function number(path: string): number | undefined {
  const value = Number.parseInt(readIfThere(path) ?? '', 10);
  return Number.isNaN(value) || value >= UNLIMITED ? undefined : value;
}

/** `name value` lines: cgroup-v2.rst, "Flat keyed". */
function keyed(path: string): Map<string, number> {
  const entries = new Map<string, number>();
  for (const line of (readIfThere(path) ?? '').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) entries.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return entries;
}
