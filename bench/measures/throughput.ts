// Saturation: an HTTP server in the target, wrk(1) outside on another processor, more and more
// connections until throughput stops growing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { requireProgram } from '../programs/find.ts';
import { words } from '../programs/words.ts';
import { type Bench, PORT, type Turn } from './context.ts';
import { cpuSeconds, processorTicks, shareOf } from './footprint.ts';

/** The ends of the sweep are compared, so they are measured often; the rest shows the knee. */
const COMPARED = [1, 32];
const BETWEEN = [2, 4, 8, 16];
/** How many times, in each round: ten in all. */
const TIMES = [4, 3, 3];
const ROUNDS_BETWEEN = 2;

/** wrk checks every 100 ms whether to stop: it is interrupted shortly before. */
const WINDOW_MS = 200;
const ASKED_BEFORE_MS = 20;
/** Until all connections are open; not counted in how busy the processors were. */
const OPENING_MS = 30;

/** What wrk-summary.lua prints. */
const Answer = v.object({
  requests: v.pipe(v.number(), v.minValue(1, 'not one request was answered')),
  ...{ durationUs: v.number(), failed: v.number(), mean: v.number(), p50: v.number() },
  ...{ p90: v.number(), p99: v.number(), max: v.number() },
});

function windowsOf(quick: boolean, round: number): number[] {
  if (quick) return [1, 32, 32];
  const compared = Array.from({ length: TIMES[round] ?? 3 }, () => COMPARED).flat();
  return [...(round < ROUNDS_BETWEEN ? BETWEEN : [8]), ...compared];
}

/** One window after the other, of a server that is up. `others`: processes not the target's. */
export async function sweep(turn: Turn, others: ReadonlySet<number>): Promise<void> {
  const { bench } = turn;
  const wrk = requireProgram('wrk', 'wrk');
  const url = `http://${turn.address}:${PORT}/`;
  for (const count of windowsOf(bench.quick, turn.round)) {
    const { answer, before, after } = await load(bench, wrk, url, count, others);
    const rate = (answer.requests * 1e6) / answer.durationUs;
    const share = (cpus: string) =>
      shareOf('busy', `cpu${cpus.split(/[,-]/).at(-1)}`, before.ticks, after.ticks);
    const values = {
      ...{ rate, p50: answer.p50 * 1000, p90: answer.p90 * 1000, p99: answer.p99 * 1000 },
      max: answer.max * 1000,
      // Little's law: in a closed loop as many requests are under way as there are connections.
      // The client did not see what is missing.
      little: (rate * answer.mean) / 1e6 / count,
      server: (after.serverS - before.serverS) / ((after.at - before.at) / 1000),
      ...{ serverCpu: share(bench.serverCpus), clientCpu: share(bench.clientCpus) },
      ...(answer.failed > 0 ? { failed: answer.failed } : {}),
    };
    for (const [name, value] of Object.entries(values)) turn.note(`http.${name}`, value, count);
  }
}

/** One window of wrk, which counts whole seconds and is interrupted before. */
async function load(
  { clientCpus, context: { signal } }: Bench,
  wrk: string,
  url: string,
  connections: number,
  others: ReadonlySet<number>,
) {
  const look = () => ({
    ...{ serverS: cpuSeconds(others), ticks: processorTicks(), at: performance.now() },
  });
  const script = join(import.meta.dirname, 'wrk-summary.lua');
  const options = words`-c ${clientCpus} ${wrk} -t 1 -c ${connections} -d 10s --latency
    --timeout 5s -s ${script} ${url}`;
  const child = spawn('taskset', options, {
    ...{ signal, timeout: 20_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const closed = once(child, 'close');
  closed.catch(() => {}); // an interruption ends the pauses below, too, and they throw
  const said = text(child.stdout);
  const begun = performance.now();
  await pause(OPENING_MS, undefined, { signal });
  const before = look();
  const restMs = begun + WINDOW_MS - ASKED_BEFORE_MS - performance.now();
  await pause(restMs, undefined, { signal });
  const after = look();
  child.kill('SIGINT');
  await closed;
  const line = (await said).split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no summary: ${(await said).slice(-200)}`);
  return { answer: v.parse(Answer, JSON.parse(line)), before, after };
}
