// Start-up: request to first line and to first TCP answer, warm and cold; and how long it takes
// until everything is gone again.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { words } from '../programs/words.ts';
import type { Group } from '../targets/groups.ts';
import {
  type Bench,
  beginAndHear,
  inGroup,
  inRounds,
  PORT,
  requestOf,
  type Step,
  type Subject,
  sample,
  settle,
} from './context.ts';
import { noteStart, roundsOf, roundsOfSlow } from './starts.ts';

/** Begins the quantities that are operations of our own plan. */
const OPERATION = 'operation.';
const HELLO = ['/bin/bench-workload', 'hello'];
const SERVE = ['/bin/bench-workload', 'serve', `${PORT}`];
const WAIT = ['/bin/bench-workload', 'wait'];

/** A slow target is started once a round, and in some of them only cold or to the first answer. */
export function startupSteps(bench: Bench): Step[] {
  const rounds = roundsOf(bench);
  const each = bench.runs === undefined ? (bench.quick ? 2 : 3) : Math.ceil(bench.runs / rounds);
  const coldRounds = bench.quick ? 1 : 4;
  return inRounds(bench, rounds, ['startup'], (subject, round) => {
    const { name: target, slow, guessS } = subject.target;
    if (slow && round >= roundsOfSlow(bench, subject)) return [];
    const answer = !slow || round % 3 === 0;
    const cold = slow ? round === 1 : round < coldRounds;
    const plan: Plan = { round, runs: slow ? 1 : each, warmUp: !slow, answer, cold };
    const starts = plan.runs + Number(plan.warmUp) + Number(answer) + Number(cold);
    const run = () => oneRound(bench, subject, plan);
    return [{ measure: 'startup', target, round, guessS: guessS * starts, run }];
  });
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
  await settle(bench);
  if (subject.opened.startInProcess !== undefined) return calledRound(bench, subject, plan);
  const { round } = plan;
  await inGroup(bench, subject, {}, async (group) => {
    const hello = async () => {
      const { started, stop } = await beginAndHear(bench, subject, group, { argv: HELLO });
      const limitMs = subject.target.timeoutS * 1000;
      await started.until('exit', limitMs, bench.context.signal).catch(async (error) => {
        await stop();
        throw error;
      });
      return started;
    };
    if (plan.warmUp) await hello();
    for (let run = 0; run < plan.runs; run++) {
      const started = await hello();
      noteStart(bench, subject, round, started);
      sample(bench, subject, round, 'life.whole', started.took('exit'));
    }
    if (plan.answer && !subject.target.unlinked) await answer(bench, subject, group, round);
    if (!plan.cold) return;
    const workload = join(bench.context.root, 'bin/bench-workload');
    dropFromCache([...(subject.opened.files ?? []), workload]);
    sample(bench, subject, round, 'start.cold', (await hello()).took('line'));
  });
}

async function calledRound(bench: Bench, subject: Subject, { round, runs }: Plan): Promise<void> {
  const { opened, target } = subject;
  for (let run = -1; run < runs; run++) {
    bench.context.signal.throwIfAborted();
    const started = await opened.startInProcess?.(requestOf(bench, subject, WAIT));
    if (started === undefined) return;
    const begun = process.hrtime.bigint();
    await started.end();
    const stopNs = Number(process.hrtime.bigint() - begun);
    if (run < 0) continue;
    sample(bench, subject, round, 'start.warm', started.lineNs);
    sample(bench, subject, round, 'stop', stopNs);
    for (const { name, ms } of started.operations)
      sample(bench, subject, round, `${OPERATION}${name}`, ms * 1e6);
    const stages = [...started.steps];
    if (run === 0) bench.record({ kind: 'stages', target: target.name, round, stages });
  }
}

async function answer(bench: Bench, subject: Subject, group: Group, round: number): Promise<void> {
  const { started, stop } = await beginAndHear(bench, subject, group, {
    argv: SERVE,
    linked: true,
  });
  try {
    await started.until('tcp', 5000, bench.context.signal);
    sample(bench, subject, round, 'start.tcp', started.took('tcp'));
  } finally {
    const ns = await stop();
    if (started.at.has('tcp')) sample(bench, subject, round, 'stop', ns);
  }
}

/** Drops these files from the page cache, and no others: dd(1), posix_fadvise(2). */
function dropFromCache(files: readonly string[]): void {
  for (const file of new Set(files))
    execFileSync('dd', words`if=${file} iflag=nocache count=0 status=none`, { stdio: 'ignore' });
}
