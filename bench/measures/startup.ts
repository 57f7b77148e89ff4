// Start-up: request to first line and to first TCP answer, warm and cold; and how long it takes
// until everything is gone again.
import { execFileSync } from 'node:child_process';
import type { Group } from '../targets/groups.ts';
import type { InProcess } from '../targets/target.ts';
import {
  type Bench,
  beginAndHear,
  inGroup,
  MEMORY_MIB,
  newName,
  PORT,
  type Running,
  rotated,
  type Step,
  type Subject,
  sample,
  settle,
} from './context.ts';
import { noteStart, roundsOf, roundsOfTheDear } from './starts.ts';

/** Begins the quantities that are operations of our own plan. */
const OPERATION = 'operation.';
const HELLO = ['/bin/bench-workload', 'hello'];
const SERVE = ['/bin/bench-workload', 'serve', `${PORT}`];

export function startupSteps(bench: Bench): Step[] {
  const rounds = roundsOf(bench);
  const each = bench.runs === undefined ? (bench.quick ? 2 : 3) : Math.ceil(bench.runs / rounds);
  const coldRounds = bench.quick ? 1 : 4;
  return Array.from({ length: rounds }, (_, round) =>
    rotated(bench.subjects, ['startup'], round).flatMap((subject): Step[] => {
      const { name, dear = false, guessS } = subject.place;
      // What takes seconds to start is started once a round, and cold or to the first answer in
      // some of them only.
      if (dear && round >= roundsOfTheDear(bench, subject)) return [];
      const answer = !dear || round % 3 === 0;
      const cold = dear ? round === 1 : round < coldRounds;
      const plan: Plan = { round, runs: dear ? 1 : each, warmUp: !dear, answer, cold };
      const starts = plan.runs + Number(plan.warmUp) + Number(answer) + Number(cold);
      return [
        {
          measure: 'startup',
          target: name,
          round,
          guessS: guessS * starts,
          run: () => oneRound(bench, subject, plan),
        },
      ];
    }),
  ).flat();
}

interface Plan {
  readonly round: number;
  readonly runs: number;
  readonly warmUp: boolean;
  /** Also to the first answer over TCP. */
  readonly answer: boolean;
  readonly cold: boolean;
}

async function oneRound(bench: Bench, subject: Subject, plan: Plan): Promise<void> {
  const { inProcess } = subject.opened;
  await settle(bench);
  await inGroup(bench, subject, {}, async (group) => {
    if (inProcess !== undefined) return calledRound(bench, subject, inProcess, group, plan);
    const hello = async (quantity: string | undefined) => {
      const running = await beginAndHear(bench, subject, group, { argv: HELLO });
      await finish(bench, subject, running);
      if (quantity === undefined) return;
      if (quantity !== 'start.warm')
        return sample(bench, subject, plan.round, quantity, running.started.took('line'));
      noteStart(bench, subject, plan.round, running.started);
      sample(bench, subject, plan.round, 'life.whole', running.started.took('exit'));
    };
    if (plan.warmUp) await hello(undefined);
    for (let run = 0; run < plan.runs; run++) await hello('start.warm');
    if (plan.answer && !subject.place.unlinked) await answer(bench, subject, group, plan.round);
    if (!plan.cold) return;
    dropFromCache(subject.opened.files);
    await hello('start.cold');
  });
}

async function calledRound(
  bench: Bench,
  subject: Subject,
  api: InProcess,
  group: Group,
  plan: Plan,
): Promise<void> {
  for (let run = -1; run < plan.runs; run++) {
    bench.world.signal.throwIfAborted();
    const asked = {
      id: newName(bench, subject),
      memoryMiB: MEMORY_MIB,
      cpus: bench.allCpus,
      linked: false,
      group,
    };
    const { lineNs, end, steps, operations } = await api.start({
      ...asked,
      argv: ['/bin/bench-workload', 'wait'],
    });
    const begun = process.hrtime.bigint();
    await end();
    if (run < 0) continue;
    sample(bench, subject, plan.round, 'start.warm', lineNs);
    sample(bench, subject, plan.round, 'stop', Number(process.hrtime.bigint() - begun));
    for (const { name, ms } of operations)
      sample(bench, subject, plan.round, `${OPERATION}${name}`, ms * 1e6);
    if (run === 0)
      bench.record({
        kind: 'stages',
        target: subject.place.name,
        round: plan.round,
        stages: [...steps],
      });
  }
}

/** The program ends by itself; what stays after that is stopped. */
async function finish(bench: Bench, subject: Subject, running: Running): Promise<void> {
  try {
    await running.started.until('exit', subject.place.patienceS * 1000, bench.world.signal);
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function answer(bench: Bench, subject: Subject, group: Group, round: number): Promise<void> {
  const running = await beginAndHear(bench, subject, group, { argv: SERVE, linked: true });
  try {
    await running.started.until('tcp', 5000, bench.world.signal);
    sample(bench, subject, round, 'start.tcp', running.started.took('tcp'));
  } finally {
    const ns = await running.stop();
    if (running.started.at.has('tcp')) sample(bench, subject, round, 'stop', ns);
  }
}

/**
 * Drops files from the page cache: dd(1), posix_fadvise(2). Only theirs: the rest of the machine
 * keeps its own.
 */
function dropFromCache(files: readonly string[]): void {
  for (const file of new Set(files))
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'], {
      stdio: 'ignore',
    });
}
