// Limits' accuracy: half a processor asked for, 256 MiB asked for; what was received and reached,
// by one start.
import { setTimeout as pause } from 'node:timers/promises';
import { allPids } from '../../harness/observe/process.ts';
import type { Started } from '../programs/starter.ts';
import type { Group } from '../targets/groups.ts';
import { type Bench, inRounds, MEMORY_MIB, type Step, type Turn } from './context.ts';
import { cpuSeconds } from './footprint.ts';

const QUOTA = 0.5;
/** Several of the kernel's periods of 100 ms, since it gives time in pieces: sched-bwc.rst. */
const WINDOW_MS = 200;
/** The first periods spend time that was saved up before the limit. */
const WARM_UP_MS = 150;
/** Touching takes a guest some seconds; at its memory's end it may loop instead of ending. */
const HOG_MS = 25_000;
const SILENCE_MS = 1500;

/** For `bench-workload limits`. */
export function limitArguments(windows: number): string[] {
  return [`${(WARM_UP_MS + windows * WINDOW_MS + 100) / 1000}`, `${MEMORY_MIB * 2}`];
}

/** Not of machines: their group limits them during the start that measures their load. */
export function limitSteps(bench: Bench): Step[] {
  const windows = bench.quick ? 2 : 5;
  return inRounds(bench, bench.quick ? 1 : 2, ['limits'], (turn) => {
    const guessS = turn.target.guessS + (windows * WINDOW_MS) / 1000 + 0.5;
    return turn.target.slow ? [] : [turn.step('limits', guessS, () => limitsOf(turn, windows))];
  });
}

async function limitsOf(turn: Turn, windows: number): Promise<void> {
  const cpus = turn.bench.serverCpus;
  await turn.inGroup({ cpus }, async (group) => {
    const others = new Set(allPids());
    const argv = ['/bin/bench-workload', 'limits', ...limitArguments(windows)];
    const { started, stop } = await turn.beginAndHear(group, { argv, quota: QUOTA, cpus });
    try {
      await watchLimits(turn, started, { windows, others, group });
    } finally {
      if (!started.at.has('exit')) await stop();
    }
  });
}

interface Watch {
  readonly windows: number;
  readonly others: ReadonlySet<number>;
  readonly group: Group;
}

/**
 * From the first line of `bench-workload limits` on. A group that limits for the target does so
 * while it is watched only.
 */
export async function watchLimits(turn: Turn, started: Started, watch: Watch): Promise<void> {
  const byGroup = turn.target.limitedByGroup.includes('cpu');
  if (byGroup) watch.group.limitTime(QUOTA);
  await watchTime(turn, started, watch);
  if (byGroup) watch.group.limitTime(undefined);
  await untilEndOrSilence(started, turn.signal);
  const touched = started.out.flatMap((line) => /^touched (\d+)/.exec(line)?.[1] ?? []).map(Number);
  const most = touched.at(-1);
  if (most === undefined) throw new Error(`no memory was touched: ${started.lastWords()}`);
  turn.note('limit.memory', most / MEMORY_MIB);
}

/** From outside and before the end: a guest's own clock does not show what it was not given. */
async function watchTime(turn: Turn, { at, out }: Started, { windows, others }: Watch) {
  const { signal } = turn;
  await pause(WARM_UP_MS, undefined, { signal });
  for (let window = 0; window < windows; window++) {
    const [cpu, begun] = [cpuSeconds(others), performance.now()];
    await pause(WINDOW_MS, undefined, { signal });
    const received = (cpuSeconds(others) - cpu) / ((performance.now() - begun) / 1000);
    if (at.has('exit') || out.some((line) => line.startsWith('{"cpuS"'))) return; // it has ended
    turn.note('limit.cpu', received / QUOTA);
  }
}

/** A guest that loops has reached what it has reached: no more is touched after some silence. */
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
