// Goals of the released command that no life cycles decide: its output, its size, its memory.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../runtime/base/errors.ts';
import { words } from '../programs/words.ts';
import { ownGoal } from '../samples/own-goal.ts';
import type { GoalRecord } from '../samples/records.ts';
import type { Bench } from './context.ts';
import { pssOf } from './footprint.ts';
import { measureOutput } from './output.ts';

const MIB = 1048576;
const LINES = { quick: 100_000, whole: 1_000_000 };
const EXECUTABLE = 'build/release/terrarium';
/** Longer than a container takes to print its first line. */
const TIMEOUT_MS = 15_000;

/** Each is `not measured`, and says why, where it cannot be had. */
export async function commandGoals(bench: Bench): Promise<GoalRecord[]> {
  const { repository, root: rootfs } = bench.context;
  const lines = bench.quick ? LINES.quick : LINES.whole;
  const file = join(repository, EXECUTABLE);
  const seq = `${lines.toLocaleString('en')} lines through a terminal, to the bare program`;
  return [
    await goal(seq, 'ratio', 3, () => {
      const [, ours] = measureOutput({ repository, rootfs, lines, runs: 3 });
      return ours?.toBare;
    }),
    await goal('size of the executable', 'MiB', 8, () => statSync(file).size / MIB),
    await goal('memory of a waiting shell command (PSS)', 'MiB', 5, () => waitingShell(bench)),
  ];
}

async function goal(
  name: string,
  unit: string,
  most: number,
  measure: () => number | undefined | Promise<number | undefined>,
): Promise<GoalRecord> {
  try {
    return ownGoal({ name, unit, goal: most }, await measure());
  } catch (error) {
    return ownGoal({ name, unit, goal: most, why: messageOf(error) }, undefined);
  }
}

/** MiB of the command's own process, while its container waits. */
async function waitingShell({ context }: Bench): Promise<number> {
  const { repository, root, prefix, starter, signal } = context;
  const program = join(repository, EXECUTABLE);
  const started = starter.start(`${prefix}-waiting`, {
    argv: words`${program} shell ${root} bench --name ${prefix}-waiting --network none --no-tty
      -- /bin/bench-workload wait`,
  });
  try {
    await started.until('line', TIMEOUT_MS, signal);
    const bytes = pssOf(started.pid);
    if (bytes === undefined) throw new Error('this kernel has no smaps_rollup, or it ended');
    return bytes / MIB;
  } finally {
    await started.end();
  }
}
