// Processor, memory, system calls, I/O to memory: sysbench, and the workload's own loops, inside
// the target.
import * as v from 'valibot';
import type { Started } from '../programs/starter.ts';
import type { Turn } from './context.ts';

/** What to look for in a tool's output, by headline. */
const WANTED: Readonly<Record<string, readonly [quantity: string, pattern: RegExp]>> = {
  cpu: ['cpu.sysbench', /events per second:\s*([\d.]+)/],
  memory: ['memory.sysbench', /\(([\d.]+) MiB\/sec\)/],
  seqwr: ['io.seqwr', /written, MiB\/s:\s*([\d.]+)/],
  rndrd: ['io.rndrd', /reads\/s:\s*([\d.]+)/],
};
const Calls = v.record(v.string(), v.number());

/** What a finished suite printed, as samples. @throws Error when there is no result in it. */
export function noteSuite(turn: Turn, started: Started): void {
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
