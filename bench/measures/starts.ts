// How many starts of a target there are, and which count: those of machines cost seconds, and so
// none is wasted.
import type { Started } from '../programs/starter.ts';
import { type Bench, type Subject, sample } from './context.ts';

/** In `many` a machine is started with none beside it three times: these are starts as well. */
const FIRST_OF_MANY = 3;

/**
 * For a quick look one start of a machine has to do: the one that it was asked for its facts in.
 */
export function startsOnce(
  { quick }: Bench,
  { place: { dear = false, measures } }: Subject,
): boolean {
  return quick && dear && measures.includes('startup');
}

/** Of all starts; in each of them a target that is quick to start has some. */
export function roundsOf({ quick, runs = 10 }: Bench): number {
  return Math.min(quick ? 3 : 10, runs);
}

export function roundsOfTheDear(bench: Bench, subject: Subject): number {
  if (startsOnce(bench, subject)) return 0;
  const { measures } = subject.place;
  const rounds = roundsOf(bench);
  return measures.includes('many') || measures.includes('memory')
    ? Math.max(1, rounds - FIRST_OF_MANY)
    : rounds;
}

/**
 * Counts the first of many as one more of a machine's warm starts, which cost seconds. Its rounds
 * come after those here.
 */
export function noteFirstOfMany(
  bench: Bench,
  subject: Subject,
  round: number,
  started: Started,
): void {
  const { dear = false, measures } = subject.place;
  if (dear && measures.includes('startup'))
    noteStart(bench, subject, Math.max(1, roundsOf(bench) - FIRST_OF_MANY) + round, started);
}

/** A guest says `stage NAME SECONDS` as it comes up; when each line came here is what counts. */
export function noteStart(bench: Bench, subject: Subject, round: number, started: Started): void {
  sample(bench, subject, round, 'start.warm', started.took('line'));
  const start = started.at.get('start') ?? 0n;
  const stages = started.out.flatMap((line, index) => {
    const name = /^stage (\w+)/.exec(line)?.[1];
    return name === undefined
      ? []
      : [{ name, ms: Number((started.outAt[index] ?? start) - start) / 1e6 }];
  });
  if (stages.length === 0) return;
  const last = { name: 'first line', ms: started.took('line') / 1e6 };
  bench.record({ kind: 'stages', target: subject.place.name, round, stages: [...stages, last] });
}
