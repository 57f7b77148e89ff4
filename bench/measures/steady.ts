// Whether a long-running program that starts containers grows: a line through its memory.
import type { GoalRecord } from '../samples/records.ts';
import type { Bench } from './context.ts';

const STARTS = 20_000;
/** Until then the heap settles. */
const SETTLED = STARTS / 4;
const EVERY = 250;
/** 1.96 standard errors on either side: 95 %. */
const ERRORS = 1.96;
const KIB = 1024;

/** The resident memory of this process, over starts through the API. */
export async function steadyMemory({ context }: Bench): Promise<GoalRecord> {
  const { run } = await import('terrarium');
  const { root: rootfs, prefix, signal } = context;
  const options = { rootfs, hostname: 'bench', stdio: 'ignore', network: 'none' } as const;
  const points: [start: number, kib: number][] = [];
  for (let start = 1; start <= STARTS && !signal.aborted; start++) {
    await run({ ...options, command: ['/bin/true'], id: `${prefix}-steady-${start}` });
    if (start > SETTLED && start % EVERY === 0)
      points.push([start / 1000, process.memoryUsage.rss() / KIB]);
  }
  const { slope, low, high } = line(points);
  const goal = 16;
  const met = low <= 0 || slope <= goal;
  return {
    ...{ kind: 'goal', name: `memory of the program, over ${STARTS} starts`, goal, least: false },
    ...{ unit: 'KiB per 1,000', value: slope, low, high, met, verdict: met ? 'met' : 'missed' },
  };
}

/** The least squares' slope with its 95 % interval. Pure. */
export function line(points: readonly (readonly [x: number, y: number])[]) {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const sum = (of: (dx: number, dy: number) => number) =>
    points.reduce((total, [at, value]) => total + of(at - x, value - y), 0);
  const spread = sum((dx) => dx * dx);
  const slope = sum((dx, dy) => dx * dy) / spread;
  const rest = sum((dx, dy) => (dy - slope * dx) ** 2) / (points.length - 2);
  const error = ERRORS * Math.sqrt(rest / spread);
  return { slope, low: slope - error, high: slope + error };
}
