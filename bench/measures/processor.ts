// Speed of processor, memory and files inside: sysbench, and the workload's system call loops.
import * as v from 'valibot';
import { type Bench, inRounds, type Step, type Turn } from './context.ts';

const SUITE_MS = 90_000;
/** How often in each round: ten times in all. */
const TIMES = [4, 3, 3];

export function processorSteps(bench: Bench): Step[] {
  return inRounds(bench, bench.quick ? 1 : 3, ['processor'], (turn) => {
    const times = bench.quick ? 1 : (TIMES[turn.round] ?? 3);
    return [turn.step('processor', () => suite(turn, times))];
  });
}

async function suite(turn: Turn, times: number): Promise<void> {
  const cpus = turn.bench.serverCpus;
  const argv = ['/bin/bench-suite', `${times}`];
  await turn.settle();
  const started = await turn.inGroup({ cpus }, (group) => turn.toItsEnd(group, argv, SUITE_MS));
  const results = parseSuite(started.out);
  if (results.length === 0) throw new Error(`the suite has no result: ${started.lastWords()}`);
  for (const { quantity, value } of results) turn.note(quantity, value);
}

/** What to look for in a tool's output, by headline. */
const WANTED: Readonly<Record<string, readonly [quantity: string, pattern: RegExp]>> = {
  cpu: ['cpu.sysbench', /events per second:\s*([\d.]+)/],
  memory: ['memory.sysbench', /\(([\d.]+) MiB\/sec\)/],
  seqwr: ['io.seqwr', /written, MiB\/s:\s*([\d.]+)/],
  rndrd: ['io.rndrd', /reads\/s:\s*([\d.]+)/],
};
const Calls = v.record(v.string(), v.number());

/** As quantities: nanoseconds of a call, events, MiB or reads per second. Pure. */
export function parseSuite(lines: readonly string[]): { quantity: string; value: number }[] {
  const [, ...parts] = lines.join('\n').split(/^== /m);
  return parts.flatMap((part) => {
    const headline = /^\w+/.exec(part)?.[0] ?? '';
    if (headline === 'calls') {
      const calls = v.parse(Calls, JSON.parse(/^\{.*/m.exec(part)?.[0] ?? '{}'));
      return Object.entries(calls).map(([name, value]) => ({ quantity: `call.${name}`, value }));
    }
    const [quantity = '', pattern] = WANTED[headline] ?? [];
    const value = pattern?.exec(part)?.[1];
    return value === undefined ? [] : [{ quantity, value: Number(value) }];
  });
}
