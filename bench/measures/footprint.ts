// A target's memory: the proportional set sizes of its processes, and the kernel memory allocated
// while it ran.
import { readdirSync, readFileSync } from 'node:fs';

export interface Footprint {
  readonly processes: number;
  /**
   * Sum of the proportional set sizes: shared pages are divided among those who share them.
   * proc_pid_smaps(5)
   */
  readonly pssBytes: number;
  /** Of the whole system: slab, page tables, kernel stacks, per-CPU memory. proc_meminfo(5) */
  readonly kernelBytes: number;
  /** Processes whose command is the workload's. */
  readonly workloads: number;
}

/** Of all processes of this PID namespace but those in `not`. */
export function footprint(not: ReadonlySet<number>): Footprint {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && !not.has(pid));
  const sizes = pids.flatMap((pid) => pssOf(pid) ?? []);
  const workloads = pids.filter(
    (pid) => readOr(`/proc/${pid}/comm`).trim() === 'bench-workload',
  ).length;
  return {
    processes: sizes.length,
    pssBytes: sizes.reduce((sum, size) => sum + size, 0),
    kernelBytes: kernelBytes(),
    workloads,
  };
}

/** Numbers of the processes of this PID namespace. */
export function processIds(): Set<number> {
  return new Set(
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0),
  );
}

/**
 * Time on a processor of the threads of processes that are not in `not`, in seconds.
 * Documentation/scheduler/sched-stats.rst
 */
export function cpuSeconds(not: ReadonlySet<number>): number {
  const others = [...processIds()].filter((pid) => !not.has(pid));
  const threads = others.flatMap((pid) =>
    namesIn(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`),
  );
  return threads.reduce((sum, file) => sum + Number(readOr(file).split(' ')[0] ?? 0), 0) / 1e9;
}

export function availableMiB(): number {
  return meminfo('MemAvailable') / 1024;
}

/** Of all processors, clock ticks so far: stolen by the hypervisor, and busy. */
export function machineTicks(): { stolen: number; busy: number; all: number } {
  const [, line = ''] = /^cpu {2}(.*)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  const ticks = line.split(' ').map(Number);
  const all = ticks.slice(0, 8).reduce((sum, each) => sum + each, 0);
  return { stolen: ticks[7] ?? 0, all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}

function kernelBytes(): number {
  return (
    ['Slab', 'PageTables', 'KernelStack', 'Percpu'].reduce((sum, name) => sum + meminfo(name), 0) *
    1024
  );
}

function meminfo(name: string): number {
  return Number(
    new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0,
  );
}

function pssOf(pid: number): number | undefined {
  const kib = /^Pss:\s+(\d+)/m.exec(readOr(`/proc/${pid}/smaps_rollup`))?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** A process that ended meanwhile has nothing. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
