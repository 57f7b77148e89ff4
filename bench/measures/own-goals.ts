// Goals that no samples decide: what life cycles and killed starts leave behind, how long the
// proofs take.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { ownGoal } from '../samples/own-goal.ts';
import type { GoalRecord } from '../samples/records.ts';
import type { Bench, Step } from './context.ts';
import { hostState, killedAtAnyMoment, leftSince, nothingLeft } from './left-behind.ts';
import { commandGoals } from './own-command.ts';
import { steadyMemory } from './steady.ts';

const KILLS = { quick: 10, whole: 30 };

/** The last of a run with life cycles, which begins when this is called. `all`: not only theirs. */
export function ownGoalSteps(bench: Bench, all: boolean): Step[] {
  const before = hostState();
  const kills = bench.quick ? KILLS.quick : KILLS.whole;
  const run = async () => {
    const left = await leftSince(before);
    bench.record(nothingLeft('left behind after the life cycles', left));
    if (!all) return;
    bench.record(await killedAtAnyMoment(bench, kills));
    for (const goal of await commandGoals(bench)) bench.record(goal);
    if (!bench.quick) bench.record(await steadyMemory(bench));
    for (const goal of suiteGoals(bench.context.repository)) bench.record(goal);
  };
  return [{ measure: 'goals', target: 'terrarium', round: 0, run }];
}

/** The suites, by the directory of their report: each evidence has its own clock. */
const SUITES = {
  'reports/out': 'npm run verify',
  'reports/out/test': 'npm run test',
} as const;

const Ended = v.object({
  ...{ command: v.string(), durationMs: v.number(), startedAt: v.string() },
  program: v.optional(v.string(), ''),
});

/** Proving everything takes its own time: the last run's clock is read. */
export function suiteGoals(repository: string): GoalRecord[] {
  return Object.entries(SUITES).map(([directory, command]) => {
    const file = join(repository, directory, 'evidence.json');
    const evidence: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    const { success, output } = v.safeParse(Ended, evidence);
    // Of the whole suite: a run with arguments took less.
    const isWhole = success && output.command.replace(/^sudo /, '') === command;
    const program = isWhole ? output.program : '';
    const ofVerify = program.includes('executable') ? 20 : 35;
    const head = {
      name: `${command}${program === '' ? '' : ` of ${program}`}, after set-up`,
      ...{ unit: 's', goal: command === SUITES['reports/out/test'] ? 60 : ofVerify },
    };
    const why = isWhole
      ? `the run of ${output.startedAt.slice(0, 16).replace('T', ' ')} UTC`
      : `${command} has not run here: it writes its own time`;
    return ownGoal({ ...head, why }, isWhole ? output.durationMs / 1000 : undefined);
  });
}
