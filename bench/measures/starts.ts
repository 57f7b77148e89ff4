// How many starts of a target there are, and which count: those of machines cost seconds, so every
// one that is made anyway counts.
import type { Started } from '../programs/starter.ts';
import { type Bench, type Subject, sample } from './context.ts';

/** In `many` a machine is started with none beside it three times: these are starts as well. */
const FIRST_OF_MANY = 3;

/** For a quick run the start of a machine that it was asked for its facts in is enough. */
export function startsOnce({ quick }: Bench, { target: { slow, measures } }: Subject): boolean {
  return quick && slow && measures.includes('startup');
}

/** Of all starts; a target that is quick to start has several in each. */
export function roundsOf({ quick, runs = 10 }: Bench): number {
  return Math.min(quick ? 3 : 10, runs);
}

export function roundsOfSlow(bench: Bench, subject: Subject): number {
  const { measures } = subject.target;
  if (startsOnce(bench, subject)) return 0;
  const rounds = roundsOf(bench);
  return measures.includes('many') || measures.includes('memory')
    ? Math.max(1, rounds - FIRST_OF_MANY)
    : rounds;
}

/** Counts the first of many as one more of a machine's warm starts, in rounds after those here. */
export function noteFirstOfMany(bench: Bench, subject: Subject, round: number, started: Started) {
  const { slow, measures } = subject.target;
  if (slow && measures.includes('startup'))
    noteStart(bench, subject, Math.max(1, roundsOf(bench) - FIRST_OF_MANY) + round, started);
}

/** A guest prints `stage NAME SECONDS` as it comes up; the time at which each line came counts. */
export function noteStart(bench: Bench, subject: Subject, round: number, started: Started): void {
  const { at, out, outAt } = started;
  sample(bench, subject, round, 'start.warm', started.took('line'));
  const start = at.get('start') ?? 0n;
  const stages = out.flatMap((line, index) => {
    const name = /^stage (\w+)/.exec(line)?.[1];
    const ms = Number((outAt[index] ?? start) - start) / 1e6;
    return name === undefined ? [] : [{ name, ms }];
  });
  if (stages.length === 0) return;
  const last = { name: 'first line', ms: started.took('line') / 1e6 };
  const target = subject.target.name;
  bench.record({ kind: 'stages', target, round, stages: [...stages, last] });
}
