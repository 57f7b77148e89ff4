// Limits' accuracy: half a processor asked for, 256 MiB asked for; what was received and reached,
// by one start.
import { setTimeout as pause } from 'node:timers/promises';
import { allPids } from '../../harness/observe/process.ts';
import type { Started } from '../programs/starter.ts';
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

export function limitSteps(bench: Bench): Step[] {
  const windows = bench.quick ? 2 : 5;
  return inRounds(bench, bench.quick ? 1 : 2, ['limits'], (turn) => [
    turn.step('limits', () => limitsOf(turn, windows)),
  ]);
}

/** A group that limits time for the target does so while that is measured only. */
async function limitsOf(turn: Turn, windows: number): Promise<void> {
  const cpus = turn.bench.serverCpus;
  const seconds = (WARM_UP_MS + windows * WINDOW_MS + 100) / 1000;
  const argv = ['/bin/bench-limits', `${seconds}`, `${MEMORY_MIB * 2}`];
  const byGroup = turn.target.limitedByGroup.includes('cpu');
  await turn.inGroup({ cpus }, async (group) => {
    const others = new Set(allPids());
    await turn.whileUp(group, { argv, quota: QUOTA }, async (started) => {
      if (byGroup) group.limitTime(QUOTA);
      await watchTime(turn, started, windows, others);
      if (byGroup) group.limitTime(undefined);
      await untilEndOrSilence(started, turn.signal);
      const touched = started.out.flatMap((line) => /^touching (\d+)/.exec(line)?.[1] ?? []);
      const most = touched.at(-1);
      if (most === undefined) throw new Error(`no memory was touched: ${started.lastWords()}`);
      turn.note('limit.memory', Number(most) / MEMORY_MIB);
    });
  });
}

/** From outside and before the end: a guest's own clock does not show what it was not given. */
async function watchTime(
  turn: Turn,
  { at, out }: Started,
  windows: number,
  others: ReadonlySet<number>,
): Promise<void> {
  const { signal } = turn;
  await pause(WARM_UP_MS, undefined, { signal });
  for (let window = 0; window < windows; window++) {
    const [cpu, begun] = [cpuSeconds(others), performance.now()];
    await pause(WINDOW_MS, undefined, { signal });
    const received = (cpuSeconds(others) - cpu) / ((performance.now() - begun) / 1000);
    if (at.has('exit') || out.some((line) => line.startsWith('cpu '))) return; // it has ended
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
