// What targets use: the proportional set sizes of their processes, kernel memory, processor time.
import { readFileSync } from 'node:fs';
import { namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';

export interface Footprint {
  readonly processes: number;
  /** Sum of the proportional set sizes: shared pages are divided. proc_pid_smaps(5) */
  readonly pssBytes: number;
  /** Of the whole system: slab, page tables, kernel stacks, per-CPU memory. proc_meminfo(5) */
  readonly kernelBytes: number;
  /** Processes whose command is the workload's. */
  readonly workloads: number;
}

/** Of all processes of this PID namespace but those in `not`. */
export function footprint(not: ReadonlySet<number>): Footprint {
  const pids = [...processIds()].filter((pid) => !not.has(pid));
  const sizes = pids.flatMap((pid) => {
    const kib = /^Pss:\s+(\d+)/m.exec(textIfThere(`/proc/${pid}/smaps_rollup`))?.[1];
    return kib === undefined ? [] : Number(kib) * 1024;
  });
  const isWorkload = (pid: number) => textIfThere(`/proc/${pid}/comm`).trim() === 'bench-workload';
  const kernel = ['Slab', 'PageTables', 'KernelStack', 'Percpu'].map(meminfoKib);
  return {
    processes: sizes.length,
    pssBytes: sum(sizes),
    kernelBytes: sum(kernel) * 1024,
    workloads: pids.filter(isWorkload).length,
  };
}

/** Numbers of the processes of this PID namespace. */
export function processIds(): Set<number> {
  return new Set(
    namesIfThere('/proc')
      .map(Number)
      .filter((pid) => pid > 0),
  );
}

/**
 * Seconds on a processor of all threads of processes that are not in `not`.
 * Documentation/scheduler/sched-stats.rst
 */
export function cpuSeconds(not: ReadonlySet<number>): number {
  const others = [...processIds()].filter((pid) => !not.has(pid));
  const tasks = others.map((pid) => `/proc/${pid}/task`);
  const threads = tasks.flatMap((task) => namesIfThere(task).map((name) => `${task}/${name}`));
  return sum(threads.map((path) => Number(textIfThere(`${path}/schedstat`).split(' ')[0]))) / 1e9;
}

export function meminfoKib(name: string): number {
  const text = readFileSync('/proc/meminfo', 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

export interface Ticks {
  readonly stolen: number;
  readonly busy: number;
  readonly all: number;
}

/** Clock ticks so far by processor, `cpu` being all of them. proc_stat(5) */
export function processorTicks(): Map<string, Ticks> {
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
