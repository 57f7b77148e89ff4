// How long the main thread is kept from anything else while a container starts, runs and goes.
import { performance } from 'node:perf_hooks';
import type { Sample, StepTime } from './target.ts';

/**
 * Times one run, and how much of it the event loop was not waiting in the kernel for events
 * (`eventLoopUtilization().active`): every nanosecond of JavaScript and of synchronous system
 * calls, an upper bound on what any other task has to wait in total.
 */
export async function timeBusy(once: () => Promise<() => readonly StepTime[]>): Promise<Sample> {
  const before = performance.eventLoopUtilization();
  const start = process.hrtime.bigint();
  const steps = await once();
  const end = process.hrtime.bigint();
  const { active } = performance.eventLoopUtilization(before);
  // What the steps took is asked for afterwards: the floor writes no such report either.
  return { ns: Number(end - start), busyNs: active * 1e6, steps: steps() };
}

/**
 * The longest time for which a task that is ready had to wait: an immediate that re-arms itself
 * takes the time between its turns. It keeps the loop spinning, so these runs give no life cycle
 * figures.
 */
export async function longestStretch(once: () => Promise<unknown>): Promise<Sample> {
  let longest = 0n;
  let watching = true;
  let last = process.hrtime.bigint();
  const start = last;
  const turn = () => {
    const now = process.hrtime.bigint();
    if (now - last > longest) longest = now - last;
    last = now;
    if (watching) setImmediate(turn);
  };
  setImmediate(turn);
  await once();
  watching = false;
  turn();
  return { ns: Number(last - start), stretchNs: Number(longest) };
}
