// The few sentences at the top: the best container and the best machine in what matters most. Pure.
import type { Analysis } from '../analysis/analysis.ts';
import { emulationNote, type Found, ranked, toBare, withUnit } from './phrases.ts';

const ASKED = [
  ['start.warm', 'Time from the request to the first line'],
  ['memory.user', 'User memory of one more'],
  ['http.rate', 'HTTP requests, 32 connections, one processor'],
  ['cpu.sysbench', 'Computing'],
  ['call.getpid', 'The shortest system call'],
] as const;

export function explainGlance(analysis: Analysis): string[] {
  const mentioned: Found[] = [];
  const sentences = ASKED.flatMap(([key, what]) => {
    const order = ranked(analysis, key);
    const container = order.find(({ target }) => target.family === 'container');
    const machine = order.find(({ target }) => target.family === 'vm');
    const bare = order.find(({ target }) => target.name === 'bare');
    const named = [container, machine].filter((found) => found !== undefined);
    mentioned.push(...named);
    if (bare === undefined || named.length === 0) return [];
    const words = named.map(
      (found) => `${withUnit(found.measured)} in ${found.target.label} (${toBare(found.measured) ?? 'not compared'})`,
    );
    return [`${what}: ${withUnit(bare.measured)} on bare metal; best of its kind, ${words.join('; ')}.`];
  });
  return [...sentences, ...emulationNote([...new Map(mentioned.map((found) => [found.target.name, found])).values()])];
}
