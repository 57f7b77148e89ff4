// Start-up: request to first line and to first TCP answer, warm and cold; and how long it takes
// until everything is gone again.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Started } from '../programs/starter.ts';
import { words } from '../programs/words.ts';
import type { Group } from '../targets/groups.ts';
import { type Bench, inRounds, PORT, type Step, type Turn } from './context.ts';

/** Begins the quantities that are operations of our own plan. */
const OPERATION = 'operation.';
const HELLO = ['/bin/bench-workload', 'hello'];
const SERVE = ['/bin/bench-workload', 'serve', `${PORT}`];
const WAIT = ['/bin/bench-workload', 'wait'];
/** `many` starts a machine three times with none beside it; these count as starts as well. */
const FIRST_OF_MANY = 3;

/** In a quick run, the start that reports a machine's facts is its only one. */
export function startsOnce({ bench, target: { slow, measures } }: Turn): boolean {
  return bench.quick && slow && measures.includes('startup');
}

/** Of all starts; a target that is quick to start has several in each. */
function roundsOf({ quick, runs = 10 }: Bench): number {
  return Math.min(quick ? 3 : 10, runs);
}

/** Starts of a machine cost seconds, so every one that is made anyway counts. */
function roundsOfSlow(turn: Turn): number {
  const { measures } = turn.target;
  if (startsOnce(turn)) return 0;
  const rounds = roundsOf(turn.bench);
  const isInMany = measures.includes('many') || measures.includes('memory');
  return isInMany ? Math.max(1, rounds - FIRST_OF_MANY) : rounds;
}

/** A slow target is started once a round, and in some of them only cold or to the first answer. */
export function startupSteps(bench: Bench): Step[] {
  const rounds = roundsOf(bench);
  const each = bench.runs === undefined ? (bench.quick ? 2 : 3) : Math.ceil(bench.runs / rounds);
  const coldRounds = bench.quick ? 1 : 4;
  return inRounds(bench, rounds, ['startup'], (turn) => {
    const { slow, guessS } = turn.target;
    const { round } = turn;
    if (slow && round >= roundsOfSlow(turn)) return [];
    const answer = !slow || round % 3 === 0;
    const cold = slow ? round === 1 : round < coldRounds;
    const plan = { runs: slow ? 1 : each, warmUp: !slow, answer, cold };
    const starts = plan.runs + Number(plan.warmUp) + Number(answer) + Number(cold);
    return [turn.step('startup', guessS * starts, () => oneRound(turn, plan))];
  });
}

interface Plan {
  readonly runs: number;
  readonly warmUp: boolean;
  /** Also to the first answer over TCP. */
  readonly answer: boolean;
  readonly cold: boolean;
}

async function oneRound(turn: Turn, plan: Plan): Promise<void> {
  await turn.settle();
  if (turn.opened.startInProcess !== undefined) return calledRound(turn, plan.runs);
  await turn.inGroup({}, async (group) => {
    if (plan.warmUp) await hello(turn, group);
    for (let run = 0; run < plan.runs; run++) {
      const started = await hello(turn, group);
      noteStart(turn, started);
      turn.note('life.whole', started.took('exit'));
    }
    if (plan.answer && !turn.target.unlinked) await answer(turn, group);
    if (!plan.cold) return;
    const workload = join(turn.bench.context.root, 'bin/bench-workload');
    dropFromCache([...(turn.opened.files ?? []), workload]);
    turn.note('start.cold', (await hello(turn, group)).took('line'));
  });
}

/** A program that prints its line and ends. */
async function hello(turn: Turn, group: Group): Promise<Started> {
  const { started, stop } = await turn.beginAndHear(group, { argv: HELLO });
  try {
    await started.until('exit', turn.target.timeoutS * 1000, turn.signal);
    return started;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function calledRound(turn: Turn, runs: number): Promise<void> {
  for (let run = -1; run < runs; run++) {
    const called = await turn.call(WAIT);
    if (called === undefined) return;
    const begun = process.hrtime.bigint();
    await called.end();
    const stopNs = Number(process.hrtime.bigint() - begun);
    if (run < 0) continue;
    turn.note('start.warm', called.lineNs);
    turn.note('stop', stopNs);
    for (const { name, ms } of called.operations) turn.note(`${OPERATION}${name}`, ms * 1e6);
    if (run === 0) noteStages(turn, turn.round, called.steps);
  }
}

async function answer(turn: Turn, group: Group): Promise<void> {
  const { started, stop } = await turn.beginAndHear(group, { argv: SERVE, linked: true });
  try {
    await started.until('tcp', 5000, turn.signal);
    turn.note('start.tcp', started.took('tcp'));
  } finally {
    const ns = await stop();
    if (started.at.has('tcp')) turn.note('stop', ns);
  }
}

/** Counts the first of many as one more of a machine's warm starts, in a round after those here. */
export function noteFirstOfMany(turn: Turn, started: Started): void {
  const { slow, measures } = turn.target;
  const before = Math.max(1, roundsOf(turn.bench) - FIRST_OF_MANY);
  if (slow && measures.includes('startup')) noteStart(turn, started, before + turn.round);
}

/** A guest prints `stage NAME SECONDS` as it comes up; the time at which each line came counts. */
export function noteStart(turn: Turn, started: Started, round = turn.round): void {
  const { at, out, outAt } = started;
  const lineNs = started.took('line');
  const target = turn.target.name;
  const quantity = 'start.warm';
  turn.bench.record({ kind: 'sample', target, quantity, round, value: lineNs });
  const start = at.get('start') ?? 0n;
  const stages = out.flatMap((line, index) => {
    const name = /^stage (\w+)/.exec(line)?.[1];
    const ms = Number((outAt[index] ?? start) - start) / 1e6;
    return name === undefined ? [] : [{ name, ms }];
  });
  if (stages.length > 0)
    noteStages(turn, round, [...stages, { name: 'first line', ms: lineNs / 1e6 }]);
}

function noteStages(turn: Turn, round: number, stages: readonly { name: string; ms: number }[]) {
  turn.bench.record({ kind: 'stages', target: turn.target.name, round, stages: [...stages] });
}

/** Drops these files from the page cache, and no others: dd(1), posix_fadvise(2). */
function dropFromCache(files: readonly string[]): void {
  for (const file of new Set(files))
    execFileSync('dd', words`if=${file} iflag=nocache count=0 status=none`, { stdio: 'ignore' });
}
