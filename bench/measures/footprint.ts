// What targets use, and what is left: the proportional set sizes of their processes, kernel memory,
// processor time, memory that can still be had.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';
import { allPids } from '../../harness/observe/process.ts';
import { hierarchies } from '../targets/groups.ts';

const MIB = 1048576;

export interface Footprint {
  /** Sum of the proportional set sizes: shared pages are divided. proc_pid_smaps(5) */
  readonly pssBytes: number;
  /** Of the whole system: slab, page tables, kernel stacks, per-CPU memory. proc_meminfo(5) */
  readonly kernelBytes: number;
}

/** Of all processes of this PID namespace but those in `not`. */
export function footprint(not: ReadonlySet<number>): Footprint {
  const pids = allPids().filter((pid) => !not.has(pid));
  const sizes = pids.flatMap((pid) => pssOf(pid) ?? []);
  const kernel = ['Slab', 'PageTables', 'KernelStack', 'Percpu'].map(meminfoKib());
  return { pssBytes: sum(sizes), kernelBytes: sum(kernel) * 1024 };
}

/** Of one process in bytes; undefined when it has ended. */
export function pssOf(pid: number): number | undefined {
  const kib = /^Pss:\s+(\d+)/m.exec(textIfThere(`/proc/${pid}/smaps_rollup`))?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/**
 * Seconds on a processor of all threads of processes that are not in `not`.
 * Documentation/scheduler/sched-stats.rst
 */
export function cpuSeconds(not: ReadonlySet<number>): number {
  const others = allPids().filter((pid) => !not.has(pid));
  const tasks = others.map((pid) => `/proc/${pid}/task`);
  const threads = tasks.flatMap((task) => namesIfThere(task).map((name) => `${task}/${name}`));
  return sum(threads.map((path) => Number(textIfThere(`${path}/schedstat`).split(' ')[0]))) / 1e9;
}

/** Clock ticks so far, by processor: `cpu` is all of them. */
export type Ticks = ReadonlyMap<string, Readonly<Record<'stolen' | 'busy' | 'all', number>>>;

/** By proc_stat(5). */
export function processorTicks(): Ticks {
  const lines = readFileSync('/proc/stat', 'utf8').matchAll(/^(cpu\d*) +(.*)$/gm);
  return new Map(
    [...lines].map(([, cpu = '', rest = '']) => {
      const ticks = rest.split(' ').map(Number);
      const all = sum(ticks.slice(0, 8));
      const busy = all - (ticks[3] ?? 0) - (ticks[4] ?? 0);
      return [cpu, { stolen: ticks[7] ?? 0, busy, all }];
    }),
  );
}

/** A processor's part of its time between two looks, 0 to 1. NaN for one that is not there. */
export function shareOf(part: 'stolen' | 'busy', cpu: string, before: Ticks, after: Ticks): number {
  const [was, is] = [before.get(cpu), after.get(cpu)];
  if (was === undefined || is === undefined) return Number.NaN;
  return (is[part] - was[part]) / Math.max(1, is.all - was.all);
}

/** Whether others would suffer: less than an eighth is left, or than half a GiB if that is less. */
export function isShort(): boolean {
  const machine = { freeMiB: meminfoKib()('MemAvailable') / 1024, allMiB: totalmem() / MIB };
  return [machine, ...groupRooms()].some(
    ({ freeMiB, allMiB }) => freeMiB < Math.max(Math.min(512, allMiB / 2), allMiB / 8),
  );
}

/** Of root cgroups, which have a limit in a container only. memory.rst of v1, cgroup-v2.rst */
function groupRooms(): { freeMiB: number; allMiB: number }[] {
  const withMemory = hierarchies().filter(({ controllers }) => controllers.includes('memory'));
  return withMemory.flatMap(({ path, version }) => {
    const [total, current, old] =
      version === 1
        ? ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']
        : ['memory.max', 'memory.current', 'inactive_file'];
    const read = (file: string) => textIfThere(join(path, file)).trim();
    const limit = Number(read(total) || Number.NaN); // NaN for `max` as well
    // Files that were not read for a while are given up before a process is killed.
    const given = new RegExp(`^${old} (\\d+)`, 'm').exec(read('memory.stat'))?.[1] ?? 0;
    const freeMiB = (limit - Number(read(current)) + Number(given)) / MIB;
    return limit < totalmem() ? [{ freeMiB, allMiB: limit / MIB }] : [];
  });
}

/** Fields of one moment, in KiB. proc_meminfo(5) */
function meminfoKib(): (name: string) => number {
  const text = readFileSync('/proc/meminfo', 'utf8');
  return (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
