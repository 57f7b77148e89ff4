// What a limit does to a program that wants more, judged by the kernel's own counters.
import { memoryInUse, type Point, sampled } from '../observe/sampling.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

const MIB = 2 ** 20;
/** Of a program that SIGKILL ended, as a shell says it: 128 and the signal's number. */
const KILLED = '137';

interface LimitMatchers {
  /**
   * The program, typed in the shell, is killed for memory at this limit (`64m`): by its exit status
   * and the kernel's counter, and the shell lives on. The memory it had goes into a plot.
   */
  toBeKilledAt(limit: string, program: string): Promise<Recorded>;
  /** A program that touches this much memory (`96m`), page by page, ends well: what a control shows. */
  toTouch(size: string): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends LimitMatchers {}
}

/** `64m` of docker's: MiB. */
function mebibytes(size: string): number {
  const [, number = '', unit = 'b'] = /^(\d+)([bkmg]?)$/.exec(size.toLowerCase()) ?? [];
  const bytes = Number(number) * 1024 ** 'bkmg'.indexOf(unit || 'b');
  if (number === '') throw new TypeError(`${size} is no size such as 64m`);
  return bytes / MIB;
}

const oomKills = ({ host }: Box) =>
  host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill') ?? 0;

/** Runs a program in the foreground while the host watches its memory; answers its exit status. */
async function watched(box: Box, program: string, limitMiB?: number): Promise<string> {
  // The subject may say on the terminal, at any moment, that it killed something.
  const running = box.start(`${program}; echo "ended"" $?"`, /ended \d+\n/);
  const usage = await sampled(() => memoryInUse(box.host), running);
  const points = usage.map(([seconds, bytes]): Point => [seconds, bytes / MIB]);
  box.recorder.series({
    title: `memory of the cgroup, while ${program.split(' ', 1)[0]} runs`,
    unit: 'MiB',
    ...(limitMiB === undefined ? {} : { limit: { label: 'limit', value: limitMiB } }),
    lines: [{ label: box.description, role: box.role, points }],
  });
  return /ended (\d+)\n/.exec(await running)?.[1] ?? '';
}

export const limitMatchers = {
  async toBeKilledAt(received: unknown, limit: string, program: string): Promise<Outcome> {
    const box = boxOf(received);
    const bytes = mebibytes(limit) * MIB;
    const set = box.host.cgroup('memory.limit_in_bytes', 'memory.max') ?? 'none';
    const before = oomKills(box);
    const status = await watched(box, program, bytes / MIB);
    return firstFailure(
      judge(box, 'memory limit of the cgroup, bytes', { host: set }, bytes),
      judge(box, `exit status of ${program}`, status, KILLED),
      judge(box, 'processes killed at the limit', { host: oomKills(box) - before }, 1),
      judge(box, 'the shell afterwards', await box.type('echo alive'), 'alive'),
    );
  },
  async toTouch(received: unknown, size: string): Promise<Outcome> {
    const box = boxOf(received);
    const program = `memory-hog ${mebibytes(size)}`;
    return judge(box, `exit status of ${program}`, await watched(box, program), '0');
  },
};
