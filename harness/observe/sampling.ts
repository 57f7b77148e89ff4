// A kernel value, sampled while something runs: the points of a plot.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { groupsOf } from './cgroups.ts';
import { type Host, statOf } from './process.ts';

/** Seconds since the first sample, and the value. */
export type Point = readonly [seconds: number, value: number];

/** Samples until `running` has ended, and once more; skips samples with nothing to read. */
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

/** Memory of the container's cgroup in bytes. */
export function memoryInUse(host: Host): number | undefined {
  const text = host.cgroup('memory.usage_in_bytes', 'memory.current');
  return text === undefined ? undefined : Number(text);
}

/** CPU time of the whole container in seconds: of its cgroup, if it has one. */
export function cpuSeconds(host: Host): number | undefined {
  const microseconds = host.cgroupValue('cpu.stat', 'cpu.stat', 'usage_usec');
  if (microseconds !== undefined) return microseconds / 1e6;
  const file = host.cgroupFile('cpuacct.usage', '-');
  if (file === undefined || groupsOf('self').some(({ directory }) => directory === dirname(file)))
    return secondsOfProcesses(host);
  return Number(readFileSync(file, 'utf8')) / 1e9;
}

/** Including ended children: proc_pid_stat(5), fields 14 to 17, in hundredths. */
function secondsOfProcesses(host: Host): number {
  const ticks = host.processes().flatMap((pid) => {
    const stat = statOf(pid);
    return [14, 15, 16, 17].map((field) => Number(stat(field) ?? 0));
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
