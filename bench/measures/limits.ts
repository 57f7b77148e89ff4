// Limits' accuracy: half a processor asked for, 256 MiB asked for; what was received and reached,
// by one start.
import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../programs/starter.ts';
import type { Group } from '../targets/groups.ts';
import {
  type Bench,
  beginAndHear,
  inGroup,
  MEMORY_MIB,
  rotated,
  type Step,
  type Subject,
  sample,
} from './context.ts';
import { cpuSeconds, processIds } from './footprint.ts';

const QUOTA = 0.5;
/**
 * Each is several of the kernel's periods long, since it gives what is due in pieces: 100 ms,
 * sched-bwc.rst.
 */
const WINDOW_MS = 200;
/** The first periods still have what was saved up before the limit. */
const WARM_UP_MS = 150;
/**
 * Touching takes a guest some seconds; at its memory's end it may go round in circles instead of
 * ending.
 */
const HOG_MS = 25_000;
const SILENCE_MS = 1500;

/** For `bench-workload limits`. */
export function limitArguments(windows: number): string[] {
  return [`${(WARM_UP_MS + windows * WINDOW_MS + 100) / 1000}`, `${MEMORY_MIB * 2}`];
}

/**
 * Machines are limited by the group that they are in, and so the start that they are measured in
 * otherwise does.
 */
export function limitSteps(bench: Bench): Step[] {
  return Array.from({ length: bench.quick ? 1 : 2 }, (_, round) =>
    rotated(bench.subjects, ['limits'], round).flatMap((subject): Step[] => {
      const { dear, guessS, name } = subject.place;
      if (dear) return [];
      const windows = bench.quick ? 2 : 5;
      const run = () => apart(bench, subject, round, windows);
      return [
        {
          measure: 'limits',
          target: name,
          round,
          guessS: guessS + (windows * WINDOW_MS) / 1000 + 0.5,
          run,
        },
      ];
    }),
  ).flat();
}

async function apart(
  bench: Bench,
  subject: Subject,
  round: number,
  windows: number,
): Promise<void> {
  const cpus = bench.serverCpus;
  await inGroup(bench, subject, { cpus }, async (group) => {
    const others = processIds();
    const argv = ['/bin/bench-workload', 'limits', ...limitArguments(windows)];
    const running = await beginAndHear(bench, subject, group, { argv, quota: QUOTA, cpus });
    try {
      await watchLimits(bench, subject, running.started, { round, windows, others, group });
    } finally {
      if (!running.started.at.has('exit')) await running.stop();
    }
  });
}

interface Watch {
  readonly round: number;
  readonly windows: number;
  readonly others: ReadonlySet<number>;
  readonly group: Group;
}

/**
 * From the moment that `bench-workload limits` said its line. A group that limits for the target
 * does it while it is watched only.
 */
export async function watchLimits(
  bench: Bench,
  subject: Subject,
  started: Started,
  watch: Watch,
): Promise<void> {
  const byGroup = subject.place.limitedByGroup.includes('cpu');
  if (byGroup) watch.group.limitTime(QUOTA);
  await watchTime(bench, subject, started, watch);
  if (byGroup) watch.group.limitTime(undefined);
  await untilEndOrSilence(started, bench.world.signal);
  const touched = started.out.flatMap((line) => /^touched (\d+)/.exec(line)?.[1] ?? []).map(Number);
  if (touched.length === 0)
    throw new Error(`no memory was touched: ${started.out.slice(-2).join(' / ').slice(-300)}`);
  sample(bench, subject, watch.round, 'limit.memory', (touched.at(-1) ?? 0) / MEMORY_MIB);
}

/**
 * Seen from outside and before the end: a guest's own clock does not know what it was not given.
 */
async function watchTime(
  bench: Bench,
  subject: Subject,
  started: Started,
  { round, windows, others }: Watch,
): Promise<void> {
  const signal = bench.world.signal;
  await pause(WARM_UP_MS, undefined, { signal });
  for (let window = 0; window < windows; window++) {
    const [cpu, at] = [cpuSeconds(others), performance.now()];
    await pause(WINDOW_MS, undefined, { signal });
    const received = (cpuSeconds(others) - cpu) / ((performance.now() - at) / 1000);
    if (started.at.has('exit') || started.out.some((line) => line.startsWith('{"cpuS"'))) return; // it has done computing
    sample(bench, subject, round, 'limit.cpu', received / QUOTA);
  }
}

/**
 * What a guest in circles has reached, it has reached: when nothing new was touched for a while
 * nothing will be.
 */
async function untilEndOrSilence(started: Started, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + HOG_MS;
  let lines = 0;
  let heard = performance.now();
  while (!started.at.has('exit') && performance.now() < deadline) {
    await pause(20, undefined, { signal });
    if (started.out.length > lines) heard = performance.now();
    lines = started.out.length;
    if (performance.now() - heard > SILENCE_MS) return;
  }
}
