// What a target does once it is up, in one start a round: the suite, then its server under load; a
// machine's limits at the end. The suite is sysbench and the workload's own loops.
import * as v from 'valibot';
import { allPids } from '../../harness/observe/process.ts';
import { messageOf } from '../../runtime/base/errors.ts';
import type { Started } from '../programs/starter.ts';
import type { Group } from '../targets/groups.ts';
import { type Bench, inRounds, isDiskFull, PORT, type Step, type Turn } from './context.ts';
import { limitArguments, watchLimits } from './limits.ts';
import { sweep } from './throughput.ts';

const SUITE_MS = 90_000;
const ANSWER_MS = 5000;
/** Turns of the suite in each round: ten in all. */
const SUITES = [4, 3, 3];

const PARTS = ['processor', 'throughput', 'limits'] as const;
type Part = (typeof PARTS)[number];

export function loadSteps(bench: Bench): Step[] {
  /** By target: parts that it does not repeat, because they failed or one round is enough. */
  const over = new Map(bench.subjects.map(({ target }) => [target.name, new Set<Part>()]));
  return inRounds(bench, bench.quick ? 1 : 3, PARTS, (turn) => {
    const { guessS, slow, name } = turn.target;
    const parts = partsOf(turn);
    const loadS = parts.length * (slow ? 2 : 1) * (bench.quick ? 1 : 3);
    const run = () => loadOf(turn, parts, over.get(name) ?? new Set());
    return parts.length === 0 ? [] : [turn.step('load', guessS + loadS, run)];
  });
}

/** A machine is limited from outside, within the same start; other targets need one for that. */
function partsOf({ target: { measures, slow } }: Turn): Part[] {
  return PARTS.filter((part) => measures.includes(part) && (part !== 'limits' || slow));
}

/** A failed part is recorded and left out of later rounds, so that the parts after it run. */
async function loadOf(turn: Turn, parts: readonly Part[], over: Set<Part>): Promise<void> {
  const left = parts.filter((part) => !over.has(part));
  const cpus = turn.bench.serverCpus;
  let at = -1; // not up yet
  const run = async (group: Group) => {
    const others = new Set(allPids());
    const linked = left.includes('throughput');
    const start = { argv: suiteCommand(turn, left), cpus, linked, later: true };
    const { started, stop } = await turn.beginAndHear(group, start);
    try {
      for (const [index, part] of left.entries()) {
        at = index;
        const last = index === left.length - 1;
        await perform(part, turn, { started, others, group, last });
      }
      over.add('limits');
    } finally {
      if (!started.at.has('exit')) await stop();
    }
  };
  try {
    await turn.settle();
    if (left.length > 0) await turn.inGroup({ cpus }, run);
  } catch (error) {
    if (turn.signal.aborted || isDiskFull(error)) throw error;
    const [target, reason] = [turn.target.name, messageOf(error)];
    const end = at < 0 || turn.bench.quick ? undefined : at + 1;
    for (const measure of left.slice(Math.max(0, at), end)) {
      over.add(measure);
      turn.bench.record({ kind: 'failure', target, measure, reason });
    }
  }
}

const limitWindows = ({ bench }: Turn) => (bench.quick ? 2 : 10);

function suiteCommand(turn: Turn, parts: readonly Part[]): string[] {
  const most = turn.bench.quick ? 1 : (SUITES[turn.round] ?? 3);
  const suites = parts.includes('processor') ? most : 0;
  const limits = parts.includes('limits') ? limitArguments(limitWindows(turn)) : ['0', '0'];
  const port = parts.includes('throughput') ? PORT : 0;
  return ['/bin/bench-suite', `${suites}`, `${port}`, ...limits];
}

interface Up {
  readonly started: Started;
  readonly others: ReadonlySet<number>;
  readonly group: Group;
  readonly last: boolean;
}

async function perform(part: Part, turn: Turn, { started, others, group, last }: Up) {
  const { signal } = turn;
  if (part === 'processor') {
    await started.until(['== serve'], SUITE_MS, signal);
    noteSuite(turn, started);
  } else if (part === 'throughput') {
    await started.until(['== serve', 'ready'], ANSWER_MS, signal);
    await sweep(turn, others);
    const end = `http://${turn.address}:${PORT}/end`;
    if (!last) await fetch(end, { signal: AbortSignal.timeout(ANSWER_MS) });
  } else {
    await started.until(['== limits', 'ready'], ANSWER_MS, signal);
    await watchLimits(turn, started, { windows: limitWindows(turn), others, group });
  }
}

/** What to look for in a tool's output, by headline. */
const WANTED: Readonly<Record<string, readonly [quantity: string, pattern: RegExp]>> = {
  cpu: ['cpu.sysbench', /events per second:\s*([\d.]+)/],
  memory: ['memory.sysbench', /\(([\d.]+) MiB\/sec\)/],
  seqwr: ['io.seqwr', /written, MiB\/s:\s*([\d.]+)/],
  rndrd: ['io.rndrd', /reads\/s:\s*([\d.]+)/],
};
const Calls = v.record(v.string(), v.number());

/** What a finished suite printed, as samples. @throws Error when there is no result in it. */
function noteSuite(turn: Turn, started: Started): void {
  const results = parseSuite(started.out);
  if (results.length === 0) throw new Error(`the suite has no result: ${started.lastWords()}`);
  for (const { quantity, value } of results) turn.note(quantity, value);
}

/** As quantities: nanoseconds of a call, events, MiB or reads per second. Pure. */
export function parseSuite(lines: readonly string[]): { quantity: string; value: number }[] {
  const parts: { headline: string; lines: string[] }[] = [];
  for (const line of lines) {
    const headline = /^== (\w+)/.exec(line)?.[1];
    if (headline !== undefined) parts.push({ headline, lines: [] });
    else parts.at(-1)?.lines.push(line);
  }
  return parts.flatMap(({ headline, lines: said }) => {
    if (headline === 'calls') {
      const calls = v.parse(Calls, JSON.parse(said.find((line) => line.startsWith('{')) ?? '{}'));
      return Object.entries(calls).map(([name, value]) => ({ quantity: `call.${name}`, value }));
    }
    const [quantity = '', pattern] = WANTED[headline] ?? [];
    const value = pattern?.exec(said.join('\n'))?.[1];
    return value === undefined ? [] : [{ quantity, value: Number(value) }];
  });
}
