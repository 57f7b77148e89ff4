// What the planning of both layouts shares: its input, its operation, and how the kernel writes a
// value back. Pure.
import type { Resources } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import { formatCpuList, parseCpuList } from '../host/procfs.ts';
import type { HostOp } from '../plan/operations.ts';

/** What planning depends on; a whole HostFacts will do. */
export type CgroupFacts = Pick<
  HostFacts,
  'cgroup' | 'kernel' | 'pageSizeBytes' | 'swapTotalBytes' | 'cpuList' | 'memoryNodes'
>;

export type WriteOp = Extract<HostOp, { kind: 'write' }>;

/** What can be changed while the container runs: everything but the device rules. */
export type Limits = Omit<Resources, 'devices'>;

/** What a new group has already, in microseconds (Documentation/scheduler/sched-bwc.rst). */
export const DEFAULT_PERIOD_US = 100_000;

export function wantsCpuset(resources: Limits): boolean {
  return resources.cpusetCpus !== undefined || resources.cpusetMems !== undefined;
}

/**
 * The value a byte limit has once the kernel has rounded it down to whole pages
 * (page_counter_memparse).
 */
export function wholePages(bytes: number, pageSizeBytes: number): string {
  return String(Math.floor(bytes / pageSizeBytes) * pageSizeBytes);
}

/** The list as the kernel says it back; one that it will refuse anyway is left to it. */
export function normalised(list: string): string {
  const numbers = parseCpuList(list);
  return numbers === undefined ? list : formatCpuList(numbers);
}
