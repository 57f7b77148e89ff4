// Life cycles by our own API, called in this very process: how long they take, and for how long
// they keep the main thread from anything else.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunResult } from 'terrarium';
import type { Block, Context, CycleSample, Opened } from './target.ts';

/** What runs often is compiled after some hundred times, as in a program that starts containers. */
const WARM_UP = 300;

interface Limits {
  readonly memory?: string;
  readonly cpus?: number;
  readonly pidsLimit?: number;
  readonly network: 'none' | 'veth';
}

type Cycle = NonNullable<Opened['cycle']>;
type Once = () => Promise<RunResult>;
const COMMON = { hostname: 'bench', stdio: 'ignore' } as const;

/** Called again in each block, warmed up before the first. */
export function cyclesOf({ root: rootfs, prefix }: Context, name: string, limits: Limits): Cycle {
  let number = 0;
  return async (block) => {
    // Only now: peers can be measured where the addon cannot be loaded.
    const { run } = await import('terrarium');
    const options = { ...COMMON, rootfs, ...limits, command: ['/bin/true'] };
    const once = async () =>
      checked(await run({ ...options, id: `${prefix}-${name}-${number++}` }));
    while (number < WARM_UP) await once();
    return block.pace.lanes > 1 ? atOnce(once, block) : oneByOne(once, block);
  };
}

/** A pool exists for one block only and is large enough for it: it would slow the others down. */
export function cyclesOfPool({ root: rootfs }: Context, limits: Limits): Cycle {
  return async (block) => {
    const { createPool } = await import('terrarium');
    const size = 2 * (block.warmup + block.runs);
    await using pool = await createPool({ ...COMMON, rootfs, ...limits, size });
    return await oneByOne(async () => checked(await pool.run({ command: ['/bin/true'] })), block);
  };
}

function checked(ended: RunResult): RunResult {
  if (ended.exitCode === 0) return ended;
  throw new Error(`/bin/true in ${ended.id} ended with ${ended.exitCode ?? ended.signal}`);
}

async function oneByOne(once: Once, { pace, runs, warmup, signal }: Block): Promise<CycleSample[]> {
  const samples: CycleSample[] = [];
  for (let run = -warmup; run < runs; run++) {
    signal.throwIfAborted();
    if (pace.gapMs > 0) await pause(pace.gapMs);
    const sample = await (pace.name === 'watched' ? longestStretch(once) : timeBusy(once));
    if (run >= 0) samples.push(sample);
  }
  return samples;
}

async function atOnce(once: Once, { pace, runs, warmup, signal }: Block): Promise<CycleSample[]> {
  const lane = async (count: number) => {
    for (let run = 0; run < count && !signal.aborted; run++) await once();
  };
  const all = (count: number) => Promise.all(Array.from({ length: pace.lanes }, () => lane(count)));
  await all(warmup);
  const start = process.hrtime.bigint();
  await all(runs);
  signal.throwIfAborted();
  return [{ ns: Number(process.hrtime.bigint() - start) / (runs * pace.lanes) }];
}

/**
 * Times one run, and how much of it the event loop did not wait in the kernel for events: all of
 * JavaScript and of synchronous system calls, an upper bound on what another task has to wait.
 */
async function timeBusy(once: Once): Promise<CycleSample> {
  const before = performance.eventLoopUtilization();
  const start = process.hrtime.bigint();
  const ended = await once();
  const ns = Number(process.hrtime.bigint() - start);
  const { active } = performance.eventLoopUtilization(before);
  // The trace is asked for afterwards: the baseline makes no such report either.
  const operations = ended.trace.map(({ phase, kind, startNs, endNs }) => ({
    ...{ name: `${phase}: ${kind}`, ms: Number(endNs - startNs) / 1e6 },
  }));
  return { ns, busyNs: active * 1e6, operations };
}

/**
 * The longest time that a ready task had to wait: between two turns of an immediate that re-arms
 * itself. It keeps the loop spinning, so these runs give no life cycle figures.
 */
async function longestStretch(once: Once): Promise<CycleSample> {
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
