// A value of the kernel's, looked at again and again while something runs: the points of a plot.
import { setTimeout as delay } from 'node:timers/promises';
import { groupOf, groupsOf } from './cgroups.ts';
import { textIfThere } from './if-there.ts';
import type { Host } from './process.ts';

/** Seconds since the first look, and the value. */
export type Point = readonly [seconds: number, value: number];

/**
 * Looks until `running` has ended, and once more; nothing is noted where there is nothing to read.
 */
export async function sampled(
  read: () => number | undefined,
  running: Promise<unknown>,
  everyMs = 10,
): Promise<Point[]> {
  const start = performance.now();
  const points: Point[] = [];
  let ended = false;
  const end = () => {
    ended = true;
  };
  running.then(end, end);
  for (;;) {
    const value = read();
    if (value !== undefined) points.push([(performance.now() - start) / 1000, value]);
    if (ended) return points;
    await delay(everyMs);
  }
}

/** Bytes that the container's control group holds. */
export function memoryInUse(host: Host): number | undefined {
  const text = host.cgroup('memory.usage_in_bytes', 'memory.current');
  return text === undefined ? undefined : Number(text);
}

/** CPU time of everything in the container, in seconds: of its control group, where it has one. */
export function cpuSeconds(host: Host): number | undefined {
  const microseconds = host.cgroupValue('cpu.stat', 'cpu.stat', 'usage_usec');
  if (microseconds !== undefined) return microseconds / 1e6;
  const accounted = groupOf(host.pid, 'cpuacct')?.directory;
  const shared = groupsOf('self').some(({ directory }) => directory === accounted);
  const nanoseconds = shared ? undefined : host.cgroup('cpuacct.usage', '-');
  return nanoseconds === undefined ? secondsOfProcesses(host) : Number(nanoseconds) / 1e9;
}

/** With what their ended children used: proc_pid_stat(5), fields 14 to 17, in hundredths. */
function secondsOfProcesses(host: Host): number {
  const ticks = host.processes().flatMap((pid) => {
    const stat = textIfThere(`/proc/${pid}/stat`);
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

/**
 * From a growing total: how much of it came in each second, between points that are at least
 * `windowS` apart.
 */
export function rates(points: readonly Point[], windowS: number): Point[] {
  const found: Point[] = [];
  let last = points[0];
  for (const point of points) {
    if (!last || point[0] - last[0] < windowS) continue;
    found.push([(point[0] + last[0]) / 2, (point[1] - last[1]) / (point[0] - last[0])]);
    last = point;
  }
  return found;
}

/** The rate between the first point at or after `fromS` and the last at or before `toS`. */
export function rateBetween(points: readonly Point[], fromS: number, toS: number): number {
  const first = points.find(([seconds]) => seconds >= fromS);
  const last = points.findLast(([seconds]) => seconds <= toS);
  if (!first || !last || last[0] <= first[0])
    throw new Error(`no two points between ${fromS} s and ${toS} s`);
  return (last[1] - first[1]) / (last[0] - first[0]);
}
