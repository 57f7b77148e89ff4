// Saturation: an HTTP server in the target, wrk(1) outside on another processor, more and more
// connections until throughput stops growing.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { requireProgram } from '../programs/find.ts';
import { words } from '../programs/words.ts';
import { type Bench, inRounds, PORT, SERVE, type Step, type Turn } from './context.ts';
import { processorTicks, shareOf } from './footprint.ts';

/** The ends of the sweep are compared, so they are measured often; the rest shows the knee. */
const COMPARED = [1, 32];
const BETWEEN = [2, 4, 8, 16];
/** How many times, in each round: ten in all. */
const TIMES = [4, 3, 3];
const ROUNDS_BETWEEN = 2;

/** wrk checks every 100 ms whether to stop: it is interrupted shortly before the second time. */
const ASKED_AFTER_MS = 180;
const LONGEST_MS = 20_000;
/** Until all connections are open; not counted in how busy the processors were. */
const OPENING_MS = 30;

/** What wrk-summary.lua prints. */
const Answer = v.object({
  requests: v.pipe(v.number(), v.minValue(1, 'not one request was answered')),
  ...{ durationUs: v.number(), mean: v.number(), p50: v.number(), p99: v.number() },
});

export function throughputSteps(bench: Bench): Step[] {
  const cpus = bench.serverCpus;
  return inRounds(bench, bench.quick ? 1 : 3, ['throughput'], (turn) => {
    const windows = windowsOf(bench.quick, turn.round);
    const run = async () => {
      await turn.settle();
      await turn.inGroup({ cpus }, (group) =>
        turn.whileUp(group, { argv: SERVE, linked: true }, () => sweep(turn, windows)),
      );
    };
    return [turn.step('throughput', run)];
  });
}

function windowsOf(quick: boolean, round: number): number[] {
  if (quick) return [1, 32, 32];
  const compared = Array.from({ length: TIMES[round] ?? 3 }, () => COMPARED).flat();
  return [...(round < ROUNDS_BETWEEN ? BETWEEN : [8]), ...compared];
}

/** One window after the other, of a server that is up. */
async function sweep(turn: Turn, windows: readonly number[]): Promise<void> {
  const { bench } = turn;
  const wrk = requireProgram('wrk', 'wrk');
  const url = `http://${turn.address}:${PORT}/`;
  for (const count of windows) {
    const { answer, before, after } = await load(turn, wrk, url, count);
    const rate = (answer.requests * 1e6) / answer.durationUs;
    const share = (cpus: string) =>
      shareOf('busy', `cpu${cpus.split(/[,-]/).at(-1)}`, before, after);
    const values = {
      ...{ rate, p50: answer.p50 * 1000, p99: answer.p99 * 1000 },
      // Little's law: in a closed loop as many requests are under way as there are connections.
      // The client did not see what is missing.
      little: (rate * answer.mean) / 1e6 / count,
      ...{ serverCpu: share(bench.serverCpus), clientCpu: share(bench.clientCpus) },
    };
    for (const [name, value] of Object.entries(values)) turn.note(`http.${name}`, value, count);
  }
}

/** One window of wrk, which counts whole seconds and is interrupted before. */
async function load(turn: Turn, wrk: string, url: string, connections: number) {
  const { clientCpus, context } = turn.bench;
  const signal = { signal: turn.signal };
  const script = join(import.meta.dirname, 'wrk-summary.lua');
  const started = context.starter.start(turn.newName(), {
    argv: words`taskset -c ${clientCpus} timeout --signal INT ${ASKED_AFTER_MS / 1000}
      ${wrk} -t 1 -c ${connections} -d 10s --latency --timeout 5s -s ${script} ${url}`,
  });
  await pause(OPENING_MS, undefined, signal);
  const before = processorTicks();
  await pause(ASKED_AFTER_MS - OPENING_MS, undefined, signal);
  const after = processorTicks();
  await started.until('exit', LONGEST_MS, turn.signal);
  const line = started.out.find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no summary: ${started.lastWords()}`);
  return { answer: v.parse(Answer, JSON.parse(line)), before, after };
}
