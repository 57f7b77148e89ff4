// The effect of a memory limit on a program that exceeds it, by the kernel's own counters.
import { availableParallelism } from 'node:os';
import { bytesOf } from '../base/subject.ts';
import { boundOf } from '../observe/cgroups.ts';
import { memoryInUse, type Point, sampled } from '../observe/sampling.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

const MIB = 2 ** 20;
/** MEMCG_CHARGE_BATCH of linux/memcontrol.h, in bytes. */
const BATCH = 64 * 4096;
/** Exit code of a program killed by SIGKILL, in a shell: 128 plus the signal's number. */
const KILLED = '137';

interface MemoryMatchers {
  /**
   * The program, a `memory-hog` typed in the shell, is killed at this memory limit (`64m`): by its
   * exit status, its progress, and the kernel's counters, which never exceed it. The shell
   * survives. The memory of the cgroup goes into a plot.
   */
  toBeKilledAt(limit: string, program: string): Promise<Recorded>;
  /**
   * A program that touches this much memory (`96m`), page by page, succeeds: for a control.
   *
   * @param program Default: `memory-hog` of this size.
   */
  toTouch(size: string, program?: string): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends MemoryMatchers {}
}

const oomKills = ({ host }: Box) =>
  host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill') ?? 0;

interface Run {
  readonly status: string;
  /** The progress of the program, by its own output. */
  readonly touchedMiB: number;
  /** The peak memory of the cgroup, by the kernel's count. */
  readonly mostBytes: number;
}

/** Runs a program in the foreground while the host samples the memory of its cgroup. */
async function watched(box: Box, program: string, limitBytes?: number): Promise<Run> {
  const running = box.type(`${program}; s=$?; echo; echo "ended $s"`);
  const usage = await sampled(() => memoryInUse(box.host), running);
  const printed = await running;
  box.recorder.series({
    title: `memory of the cgroup, while ${nameOf(program)} runs`,
    unit: 'MiB',
    ...(limitBytes === undefined ? {} : { limit: { label: 'limit', value: limitBytes / MIB } }),
    lines: [
      {
        label: box.description,
        role: box.role,
        points: usage.map(([seconds, bytes]): Point => [seconds, bytes / MIB]),
      },
    ],
  });
  return {
    status: /\nended (\d+)$/.exec(printed)?.[1] ?? '',
    touchedMiB: Number(/touch(?:ing|ed) (\d+) MiB(?![\s\S]*touch)/.exec(printed)?.[1]),
    mostBytes: Math.max(...usage.map(([, bytes]) => bytes)),
  };
}

/** Without its arguments. */
function nameOf(program: string): string {
  return program.split(' ', 1)[0] ?? program;
}

const LABELS = {
  status: (program: string) => `exit status of ${nameOf(program)}`,
  touched: 'MiB touched',
  kills: 'processes killed at the limit',
  limit: 'memory limit, bytes',
};

export const memoryMatchers = {
  async toBeKilledAt(received: unknown, limit: string, program: string): Promise<Outcome> {
    const box = boxOf(received);
    const bytes = bytesOf(limit);
    const set = boundOf(box.host.pid, 'memory.limit_in_bytes', 'memory.max')?.limit ?? 'none';
    const before = oomKills(box);
    const { status, touchedMiB, mostBytes } = await watched(box, program, bytes);
    const alive = await box.type('sh -c "echo still here"');
    return firstFailure(
      judge(box, LABELS.limit, { host: set }, bytes),
      judge(box, LABELS.status(program), status, KILLED),
      judge(box, LABELS.kills, { host: oomKills(box) - before }, 1),
      judge(
        box,
        LABELS.touched,
        touchedMiB,
        (text) => Number(text) * MIB > bytes * 0.75 && Number(text) * MIB <= bytes,
        `three quarters of ${limit} to all of it`,
      ),
      // The kernel charges a batch ahead for each processor, and lets killed processes finish:
      // cgroup-v2.rst, "memory.max".
      judge(
        box,
        'most memory of the group, bytes',
        { host: mostBytes },
        (text) => Number(text) <= bytes + BATCH * availableParallelism(),
        `at most ${bytes} and a batch for each processor`,
      ),
      judge(box, 'the shell afterwards', alive, 'still here'),
    );
  },
  async toTouch(
    received: unknown,
    size: string,
    program = `memory-hog ${bytesOf(size) / MIB}`,
  ): Promise<Outcome> {
    const box = boxOf(received);
    const before = oomKills(box);
    const { status, touchedMiB } = await watched(box, program);
    const bound = boundOf(box.host.pid, 'memory.limit_in_bytes', 'memory.max');
    return firstFailure(
      judge(box, LABELS.limit, { host: bound?.limit ?? 'none' }, () => true),
      judge(box, LABELS.kills, { host: oomKills(box) - before }, 0),
      judge(box, LABELS.status(program), status, '0'),
      judge(box, LABELS.touched, touchedMiB, bytesOf(size) / MIB),
    );
  },
};
