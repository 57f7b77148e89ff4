// Times of commands on a running container: the verbs that most scripts use.
import { execFileSync } from 'node:child_process';
import { timeSeries } from '../programs/baseline.ts';
import { VERBS } from '../samples/records.ts';
import { TIGHT } from '../targets/target.ts';
import { type Bench, inRounds, MEMORY_MIB, type Step, type Turn, WAIT } from './context.ts';

const RUNS = { quick: 3, whole: 8 };

/** Of the targets that have them, in the rounds of the life cycles. */
export function verbSteps(bench: Bench): Step[] {
  const subjects = bench.subjects.filter(({ opened }) => opened.verbs !== undefined);
  return inRounds({ ...bench, subjects }, bench.schedule.rounds, ['lifecycle'], (turn) => [
    turn.step('lifecycle', () => timeVerbs(turn)),
  ]);
}

async function timeVerbs(turn: Turn): Promise<void> {
  const { bench, opened, signal } = turn;
  const id = turn.newName();
  const command = opened.command?.({
    ...{ id, argv: WAIT, memoryMiB: MEMORY_MIB, linked: false, detached: true },
  });
  const verbs = opened.verbs?.(id);
  if (command === undefined || verbs === undefined) return;
  const { baseline } = bench.context;
  const perform = ([program = '', ...args]: readonly string[] = []) =>
    execFileSync(program, args, { stdio: 'ignore' });
  perform(command.argv);
  try {
    const runs = bench.quick ? RUNS.quick : RUNS.whole;
    for (const verb of VERBS) {
      const what = ['--', ...verbs[verb]];
      const all = await timeSeries(baseline, what, { pace: TIGHT, runs, warmup: 1, signal });
      for (const { ns } of all) turn.note(`verb.${verb}`, ns);
    }
  } finally {
    perform(command.stop);
  }
}
