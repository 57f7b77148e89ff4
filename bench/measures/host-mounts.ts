// What the host's mounts cost a start: a new mount namespace copies all of them by default.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MORE_MOUNTS, MOUNTED } from '../samples/records.ts';
import { TIGHT } from '../targets/target.ts';
import { type Bench, inRounds, type Step, type Turn } from './context.ts';
import { cycleOf } from './lifecycle.ts';

/** One mount, and each recursive bind of the tree into itself doubles it. */
const DOUBLINGS = Math.log2(MORE_MOUNTS);
const TARGETS = ['baseline', 'terrarium', 'terrarium-api'];
const RUNS = { quick: 6, whole: 20 };

/** The same life cycles without more mounts and with them. */
export function mountSteps(bench: Bench): Step[] {
  const subjects = bench.subjects.filter(({ target }) => TARGETS.includes(target.name));
  const block = async (turn: Turn, more: number) => {
    const runs = bench.quick ? RUNS.quick : RUNS.whole;
    const cycle = cycleOf(turn);
    const all = (await cycle?.({ pace: TIGHT, runs, warmup: 2, signal: turn.signal })) ?? [];
    for (const { ns } of all) turn.note(MOUNTED, ns, more);
  };
  return inRounds({ ...bench, subjects }, bench.schedule.rounds, ['lifecycle'], (turn) => [
    turn.step('lifecycle', async () => {
      await block(turn, 0);
      using _mounts = moreMounts(bench.context.scratch);
      await block(turn, MORE_MOUNTS);
    }),
  ]);
}

/** In this mount namespace, until disposed of. */
function moreMounts(scratch: string): Disposable {
  const tree = join(scratch, 'more-mounts');
  mkdirSync(tree, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', tree]);
  execFileSync('mount', ['--make-private', tree]);
  for (let doubling = 1; doubling <= DOUBLINGS; doubling++) {
    const place = join(tree, `${doubling}`);
    mkdirSync(place);
    execFileSync('mount', ['--rbind', tree, place]);
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', tree]) };
}
