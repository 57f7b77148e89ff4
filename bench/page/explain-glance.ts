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
    const named = [['container', container] as const, ['machine', machine] as const].flatMap(
      ([kind, found]) => (found === undefined ? [] : [{ kind, found }]),
    );
    mentioned.push(...named.map(({ found }) => found));
    if (bare === undefined || named.length === 0) return [];
    const words = named.map(
      ({ kind, found: { target, measured } }) =>
        `best ${kind} ${target.label}: ${withUnit(measured)}, ${toBare(measured) ?? 'not compared'}`,
    );
    return [`${what}. Bare metal: ${withUnit(bare.measured)}; ${words.join('; ')}.`];
  });
  return [
    ...sentences,
    ...emulationNote([...new Map(mentioned.map((found) => [found.target.name, found])).values()]),
  ];
}
