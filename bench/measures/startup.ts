// Start-up: request to first line and to first TCP answer, warm and cold; and how long it takes
// until everything is gone again.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Started } from '../programs/starter.ts';
import { words } from '../programs/words.ts';
import { OPERATION } from '../samples/records.ts';
import type { Group } from '../targets/groups.ts';
import { type Bench, inRounds, SERVE, type Step, type Turn, WAIT } from './context.ts';

const HELLO = ['/bin/bench-workload', 'hello'];

/** A slow target is started once a round, and in some of them only cold or to the first answer. */
export function startupSteps(bench: Bench): Step[] {
  const { quick, runs } = bench;
  const rounds = Math.min(quick ? 3 : 10, runs ?? 10);
  const each = runs === undefined ? (quick ? 2 : 3) : Math.ceil(runs / rounds);
  return inRounds(bench, rounds, ['startup'], (turn) => {
    const { slow } = turn.target;
    const { round } = turn;
    if (slow && quick && round > 0) return [];
    const answer = !slow || (!quick && round % 3 === 0);
    const cold = slow ? round === 1 : round < (quick ? 1 : 4);
    const plan = { runs: slow ? 1 : each, answer, cold };
    return [turn.step('startup', () => oneRound(turn, plan))];
  });
}

interface Plan {
  readonly runs: number;
  /** Also to the first answer over TCP. */
  readonly answer: boolean;
  readonly cold: boolean;
}

async function oneRound(turn: Turn, plan: Plan): Promise<void> {
  await turn.settle();
  if (turn.opened.startInProcess !== undefined) return calledRound(turn, plan.runs);
  await turn.inGroup({}, async (group) => {
    if (!turn.target.slow) await turn.toItsEnd(group, HELLO);
    for (let run = 0; run < plan.runs; run++) {
      const started = await turn.toItsEnd(group, HELLO);
      noteStart(turn, started);
      turn.note('life.whole', started.took('exit'));
    }
    if (plan.answer && !turn.target.unlinked) await answer(turn, group);
    if (!plan.cold) return;
    const workload = join(turn.bench.context.root, 'bin/bench-workload');
    dropFromCache([...(turn.opened.files ?? []), workload]);
    turn.note('start.cold', (await turn.toItsEnd(group, HELLO)).took('line'));
  });
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
    for (const { name, ms } of called.operations) turn.note(`${OPERATION.start}${name}`, ms * 1e6);
    if (run === 0) noteStages(turn, [...called.steps]);
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

/** A guest prints `stage NAME SECONDS` as it comes up; the time at which each line came counts. */
function noteStart(turn: Turn, started: Started): void {
  const { at, out, outAt } = started;
  const lineNs = started.took('line');
  turn.note('start.warm', lineNs);
  const start = at.get('start') ?? 0n;
  const stages = out.flatMap((line, index) => {
    const name = /^stage (\w+)/.exec(line)?.[1];
    const ms = Number((outAt[index] ?? start) - start) / 1e6;
    return name === undefined ? [] : [{ name, ms }];
  });
  if (stages.length > 0) noteStages(turn, [...stages, { name: 'first line', ms: lineNs / 1e6 }]);
}

function noteStages({ bench, target, round }: Turn, stages: { name: string; ms: number }[]): void {
  bench.record({ kind: 'stages', target: target.name, round, stages });
}

/** Drops these files from the page cache, and no others: dd(1), posix_fadvise(2). */
function dropFromCache(files: readonly string[]): void {
  for (const file of new Set(files))
    execFileSync('dd', words`if=${file} iflag=nocache count=0 status=none`, { stdio: 'ignore' });
}
