// One window of load by wrk(1), and how busy client and server were in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './context.ts';
import { cpuSeconds } from './footprint.ts';

/** wrk looks every 100 ms whether it is to end: just before is when it is told to. */
const WINDOW_MS = 200;
const TOLD_BEFORE_MS = 20;
/** Until all connections are open; not counted in how busy the processors were. */
const OPENING_MS = 30;

interface Answer {
  readonly rate: number;
  readonly failed: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

interface Busy {
  readonly server: number;
  readonly busy: ReadonlyMap<string, { readonly busy: number; readonly all: number }>;
  readonly at: number;
}

function look(others: ReadonlySet<number>): Busy {
  return { server: cpuSeconds(others), busy: busyTicks(), at: performance.now() };
}

/**
 * One window of wrk(1), which counts whole seconds and is interrupted before, with a script that
 * prints its summary as JSON.
 */
export async function load(
  { clientCpus, world: { signal } }: Bench,
  wrk: string,
  url: string,
  connections: number,
  others: ReadonlySet<number>,
): Promise<{ answer: Answer; before: Busy; after: Busy }> {
  const script = join(import.meta.dirname, 'wrk-summary.lua');
  const options = [
    '-t',
    '1',
    '-c',
    `${connections}`,
    '-d',
    '10s',
    '--latency',
    '--timeout',
    '5s',
    '-s',
    script,
  ];
  const child = spawn('taskset', ['-c', clientCpus, wrk, ...options, url], {
    signal,
    timeout: 20_000,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  closed.catch(() => {}); // an interruption ends the pauses below, too, and is told by them
  const said = text(child.stdout);
  const begun = performance.now();
  await pause(OPENING_MS, undefined, { signal });
  const before = look(others);
  await pause(begun + WINDOW_MS - TOLD_BEFORE_MS - performance.now(), undefined, { signal });
  const after = look(others);
  child.kill('SIGINT');
  await closed;
  return { answer: parseSummary(await said), before, after };
}

function parseSummary(stdout: string): Answer {
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no summary: ${stdout.slice(-200)}`);
  const value: unknown = JSON.parse(line);
  const number = (name: string) => {
    const found =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === name)?.[1]
        : undefined;
    if (typeof found !== 'number') throw new Error(`wrk's summary has no ${name}`);
    return found;
  };
  if (number('requests') === 0) throw new Error('not one request was answered');
  return {
    rate: (number('requests') * 1e6) / number('durationUs'),
    failed: number('failed'),
    ...{
      meanUs: number('mean'),
      p50Us: number('p50'),
      p90Us: number('p90'),
      p99Us: number('p99'),
      maxUs: number('max'),
    },
  };
}

/** Clock ticks of each processor: all, and those in which it did something. proc_stat(5) */
function busyTicks(): Map<string, { busy: number; all: number }> {
  const lines = readFileSync('/proc/stat', 'utf8').matchAll(/^cpu(\d+) (.*)$/gm);
  return new Map(
    [...lines].map(([, cpu = '', rest = '']) => {
      const ticks = rest.split(' ').map(Number);
      const all = ticks.slice(0, 8).reduce((sum, each) => sum + each, 0);
      return [cpu, { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }];
    }),
  );
}
