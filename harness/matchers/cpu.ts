// The processor time of busy threads, by the kernel's own count.
import { cpuSeconds, rateBetween, rates, sampled } from '../observe/sampling.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface CpuMatchers {
  /**
   * Two busy threads get this many CPUs' time, within a tenth, and are throttled in most of the
   * quota's periods. Their CPU time goes into a plot.
   */
  toBeThrottledTo(cpus: number): Promise<Recorded>;
  /** They get at least this much, and are never throttled: for a control. */
  toComputeUnthrottled(cpus: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends CpuMatchers {}
}

const PERIOD_S = 0.1;
const RATIO = 'CPU time by elapsed time';
const WAITED = 'periods throttled';

const throttled = ({ host }: Box) => host.cgroupValue('cpu.stat', 'cpu.stat', 'nr_throttled') ?? 0;

interface Burnt {
  readonly ratio: number;
  readonly waited: number;
}

async function burn(box: Box, seconds: number, cpus?: number): Promise<Burnt> {
  const before = throttled(box);
  const burning = box.type(`cpu-burner 2 ${seconds}`);
  const points = await sampled(() => cpuSeconds(box.host), burning, 20);
  const [own = ''] = (await burning).split('\n', 1);
  box.recorder.saw('cpu-burner’s own clock', 'inside', own);
  box.recorder.series({
    title: 'CPU time of the cgroup each second, while two threads compute',
    unit: 'CPUs',
    ...(cpus === undefined ? {} : { limit: { label: 'limit', value: cpus } }),
    lines: [{ label: box.description, role: box.role, points: rates(points, 0.2) }],
  });
  // Without the beginning and the end: two and a bit of the quota's periods.
  return { ratio: rateBetween(points, 0.25, seconds - 0.05), waited: throttled(box) - before };
}

export const cpuMatchers = {
  async toBeThrottledTo(received: unknown, cpus: number): Promise<Outcome> {
    const box = boxOf(received);
    const seconds = 2.5;
    const most = 0.6 * (seconds / PERIOD_S);
    const { ratio, waited } = await burn(box, seconds, cpus);
    return firstFailure(
      judge(box, WAITED, { host: waited }, (text) => Number(text) > most, `more than ${most}`),
      judge(
        box,
        RATIO,
        { host: ratio.toFixed(2) },
        (text) => Math.abs(Number(text) - cpus) < 0.1 * cpus,
        `${cpus}, within a tenth`,
      ),
    );
  },
  async toComputeUnthrottled(received: unknown, cpus: number): Promise<Outcome> {
    const box = boxOf(received);
    const { ratio, waited } = await burn(box, 1);
    return firstFailure(
      judge(box, WAITED, { host: waited }, 0),
      judge(
        box,
        RATIO,
        { host: ratio.toFixed(2) },
        (text) => Number(text) >= cpus,
        `at least ${cpus}`,
      ),
    );
  },
};
