// Goals that no samples decide: what life cycles and killed starts leave behind, how long the
// proofs take.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { GoalRecord } from '../samples/records.ts';
import type { Bench, Step } from './context.ts';
import { hostState, killedAtAnyMoment, leftSince, nothingLeft } from './left-behind.ts';
import { timingsOf } from './lifecycle.ts';

const KILLS = { quick: 10, whole: 30 };

/** The last of a run with life cycles, which begins when this is called. `all`: not only theirs. */
export function ownGoalSteps(bench: Bench, all: boolean): Step[] {
  const before = hostState();
  const kills = bench.quick ? KILLS.quick : KILLS.whole;
  const run = async () => {
    const left = await leftSince(before);
    const name = `left behind after ${containersInProcess(bench)} containers in process`;
    bench.record(nothingLeft(name, left));
    if (!all) return;
    bench.record(await killedAtAnyMoment(bench, kills));
    bench.record(lastVerify(bench.context.repository));
  };
  return [{ measure: 'goals', target: 'terrarium', round: 0, guessS: all ? kills * 0.2 : 0, run }];
}

function containersInProcess({ subjects, schedule }: Bench): number {
  const paces = subjects
    .filter(({ target }) => target.name.startsWith('terrarium-api'))
    .flatMap(({ target }) => target.paces);
  return timingsOf(schedule).reduce((sum, { pace: { name, lanes }, runs }) => {
    const targets = paces.filter((pace) => pace === name).length;
    return sum + targets * runs * lanes * schedule.rounds;
  }, 0);
}

const Verified = v.object({
  ...{ command: v.literal('npm run verify'), durationMs: v.number(), startedAt: v.string() },
});

/** Proving everything takes a minute of its own: the last run's own clock is read. */
function lastVerify(repository: string): GoalRecord {
  const name = 'npm run verify, after set-up';
  const head = { kind: 'goal', name, unit: 's', goal: 60, least: false } as const;
  const file = join(repository, 'reports/out/evidence.json');
  const evidence: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const { success, output } = v.safeParse(Verified, evidence);
  if (!success) {
    const why = 'npm run verify has not run here: it writes its own time';
    return { ...head, met: false, verdict: 'not measured', why };
  }
  const value = output.durationMs / 1000;
  const met = value <= head.goal;
  const why = `the run of ${output.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return { ...head, value, met, verdict: met ? 'met' : 'missed', why };
}
