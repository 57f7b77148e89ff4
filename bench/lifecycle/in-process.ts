// Our own API, called in this very process, and our command line as a whole process.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunResult } from 'terrarium';
import { longestStretch, timeBusy } from './main-thread.ts';
import { timedCommand } from './native.ts';
import type { Block, Measure, Sample, StepTime, Surroundings, Target } from './target.ts';

/**
 * Starts before anything is timed: what runs often is compiled after some hundred times, and a
 * program that starts containers does.
 */
const WARM_UP = 300;
const LIMITS = { memory: '256m', cpus: 1, pidsLimit: 64 } as const;

export const OURS: readonly Target[] = [
  apiTarget('api', 'Terrarium, in process', { ...LIMITS, network: 'none' }, [
    'tight',
    'spaced',
    'crowd',
    'watched',
  ]),
  apiTarget('api-bare', 'Terrarium, no limits', { network: 'none' }, ['tight', 'spaced']),
  {
    name: 'api-pool',
    title: 'Terrarium, from a warm pool',
    paces: ['tight', 'spaced', 'watched'],
    missing: notBuilt,
    open: ({ rootfs }) => openPool(rootfs),
  },
  apiTarget('api-veth', 'Terrarium, limits and veth', { ...LIMITS, network: 'veth' }, [
    'tight',
    'spaced',
    'crowd',
  ]),
  {
    name: 'cli',
    title: 'terrarium shell, command',
    paces: ['tight', 'spaced'],
    missing: notBuilt,
    open: async (surroundings) => timedCommand(surroundings, cli(surroundings)),
  },
];

function cli({ repository, rootfs }: Surroundings): string[] {
  const limits = ['--memory', '256m', '--cpus', '1', '--pids-limit', '64'];
  return [
    join(repository, 'bin/terrarium'),
    'shell',
    rootfs,
    'bench',
    '--network',
    'none',
    ...limits,
    '--',
    '/bin/true',
  ];
}

function notBuilt({ repository }: Surroundings): string | undefined {
  return existsSync(join(repository, 'runtime/index.ts')) &&
    existsSync(join(repository, 'bin/terrarium'))
    ? undefined
    : 'not built';
}

type Asked = Partial<typeof LIMITS> & { readonly network: 'none' | 'veth' };

function apiTarget(name: string, title: string, asked: Asked, paces: Target['paces']): Target {
  return {
    name,
    title,
    paces,
    missing: notBuilt,
    open: ({ rootfs }) => openApi(rootfs, name, asked),
  };
}

async function openApi(rootfs: string, name: string, asked: Asked): Promise<Measure> {
  // Only now: the floor and the peers can be measured where the addon cannot be loaded.
  const { run } = await import('terrarium');
  let number = 0;
  const once = async (): Promise<() => readonly StepTime[]> => {
    const id = `terrarium-bench-${process.pid}-${name}-${number++}`;
    return stepsOf(
      await run({
        rootfs,
        hostname: 'bench',
        id,
        command: ['/bin/true'],
        stdio: 'ignore',
        ...asked,
      }),
    );
  };
  for (let run = 0; run < WARM_UP; run++) await once();
  return (block) => (block.pace.lanes > 1 ? crowd(once, block) : oneByOne(once, block));
}

/**
 * The pool exists for one block only and is large enough for it: it would slow the others down.
 */
async function openPool(rootfs: string): Promise<Measure> {
  const { createPool } = await import('terrarium');
  const options = {
    rootfs,
    hostname: 'bench',
    stdio: 'ignore',
    network: 'none',
    ...LIMITS,
  } as const;
  return async (block) => {
    await using pool = await createPool({ ...options, size: 2 * (block.warmup + block.runs) });
    const once = async () => stepsOf(await pool.run({ command: ['/bin/true'] }));
    return await oneByOne(once, block);
  };
}

function stepsOf(ended: RunResult): () => readonly StepTime[] {
  if (ended.exitCode !== 0)
    throw new Error(`/bin/true in ${ended.id} ended with ${ended.exitCode ?? ended.signal}`);
  return () =>
    ended.trace.map(({ index, phase, kind, startNs, endNs }) => ({
      index,
      phase,
      kind,
      ns: Number(endNs - startNs),
    }));
}

async function oneByOne(
  once: () => Promise<() => readonly StepTime[]>,
  { pace, runs, warmup, signal }: Block,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let run = -warmup; run < runs; run++) {
    signal.throwIfAborted();
    if (pace.gapMs > 0) await pause(pace.gapMs);
    const sample = pace.name === 'watched' ? await longestStretch(once) : await timeBusy(once);
    if (run >= 0) samples.push(sample);
  }
  return samples;
}

async function crowd(
  once: () => Promise<unknown>,
  { pace, runs, warmup, signal }: Block,
): Promise<Sample[]> {
  for (let run = 0; run < warmup; run++) await once();
  const start = process.hrtime.bigint();
  const lane = async () => {
    for (let run = 0; run < runs && !signal.aborted; run++) await once();
  };
  await Promise.all(Array.from({ length: pace.lanes }, lane));
  signal.throwIfAborted();
  return [{ ns: Number(process.hrtime.bigint() - start) / (runs * pace.lanes) }];
}
