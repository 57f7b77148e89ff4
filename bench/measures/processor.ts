// Processor, memory, system calls, I/O to memory: sysbench, and the workload's own loops, inside
// the target.
import type { Started } from '../programs/starter.ts';
import { type Bench, type Subject, sample } from './context.ts';

/** What to look for in a tool's output, by headline. */
const WANTED: Readonly<Record<string, { readonly quantity: string; readonly pattern: RegExp }>> = {
  cpu: { quantity: 'cpu.sysbench', pattern: /events per second:\s*([\d.]+)/ },
  memory: { quantity: 'memory.sysbench', pattern: /\(([\d.]+) MiB\/sec\)/ },
  seqwr: { quantity: 'io.seqwr', pattern: /written, MiB\/s:\s*([\d.]+)/ },
  rndrd: { quantity: 'io.rndrd', pattern: /reads\/s:\s*([\d.]+)/ },
};

/** What a finished suite said, as samples. @throws Error when it said nothing. */
export function noteSuite(
  bench: Bench,
  subject: Subject,
  round: number,
  { out, err, code }: Started,
): void {
  const results = parseSuite(out);
  if (results.length === 0)
    throw new Error(
      `the suite ended with ${code ?? 'nothing'} and no result: ${[...out, ...err].slice(-3).join(' / ').slice(-300)}`,
    );
  for (const { quantity, value } of results) sample(bench, subject, round, quantity, value);
}

/**
 * What the suite printed, as quantities: nanoseconds of a call, events, MiB or reads per second.
 * Pure.
 */
export function parseSuite(lines: readonly string[]): { quantity: string; value: number }[] {
  const parts: { headline: string; lines: string[] }[] = [];
  for (const line of lines) {
    const headline = /^== (\w+)/.exec(line)?.[1];
    if (headline !== undefined) parts.push({ headline, lines: [] });
    else parts.at(-1)?.lines.push(line);
  }
  return parts.flatMap(({ headline, lines: said }) => {
    if (headline === 'calls') return callsIn(said.find((line) => line.startsWith('{')) ?? '{}');
    const wanted = WANTED[headline];
    const value = wanted?.pattern.exec(said.join('\n'))?.[1];
    return wanted === undefined || value === undefined
      ? []
      : [{ quantity: wanted.quantity, value: Number(value) }];
  });
}

function callsIn(json: string): { quantity: string; value: number }[] {
  const calls: unknown = JSON.parse(json);
  if (typeof calls !== 'object' || calls === null) return [];
  return Object.entries(calls).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ quantity: `call.${name}`, value }] : [],
  );
}
