// Our own promises, measured: a container's life cycle beside its floor and its peers, what is left
// behind, how long the proofs take.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { hostState, leftSince } from '../measures/leftovers.ts';
import type { ProgressLine } from '../run/progress.ts';
import type { AnyRecord, GoalRecord } from '../samples/records.ts';
import { seededRandom } from '../samples/statistics.ts';
import { TARGETS } from './catalogue.ts';
import type { Verdict } from './goals.ts';
import { takeLifecycle } from './lifecycle.ts';
import { LANES } from './peers.ts';
import type { Taken } from './rounds.ts';

const KILLS = { quick: 10, whole: 30 } as const;
/** What a start takes in all: every moment of it may be the last. */
const WITHIN_MS = 150;

export interface OwnSpeedOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly line: ProgressLine;
}

/**
 * As records: what could not be measured is a goal without a value, and no reason for the rest not
 * to be.
 */
export async function ownSpeed(options: OwnSpeedOptions): Promise<AnyRecord[]> {
  const begun = performance.now();
  try {
    const records = await measureOwnSpeed(options);
    return [
      ...records,
      { kind: 'took', measure: 'own speed', seconds: (performance.now() - begun) / 1000 },
    ];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      {
        kind: 'goal',
        name: 'the life cycle, all of it',
        unit: '',
        goal: 0,
        least: false,
        met: false,
        why,
      },
    ];
  }
}

/** The life cycle's samples, and every goal that they and the traces on the machine decide. */
async function measureOwnSpeed({
  repository,
  rootfs,
  quick,
  signal,
  line,
}: OwnSpeedOptions): Promise<AnyRecord[]> {
  const size = quick ? { rounds: 3, runs: 6 } : { rounds: 6, runs: 72 };
  const { report, taken } = await takeLifecycle({
    ...{ repository, rootfs, signal, targets: TARGETS, gapMs: 30 },
    ...size,
    onProgress: ({ round, rounds, pace, target, secondsLeft }) => {
      const left =
        secondsLeft === undefined ? '' : ` · about ${Math.ceil(secondsLeft)} s left of it`;
      line.show(`own speed · round ${round + 1} of ${rounds} · ${pace} · ${target}${left}`);
    },
  });
  const records: AnyRecord[] = [...taken.flatMap(sampleRecords), ...report.goals.map(goalRecord)];
  if (signal.aborted) return records;
  const each = ({ pace }: Taken) =>
    pace === 'crowd' ? LANES * Math.ceil(size.runs / size.rounds / 2) : 1;
  const containers = taken
    .filter(({ target }) => target.startsWith('api'))
    .reduce((sum, sample) => sum + each(sample), 0);
  records.push(nothing(`left behind after ${containers} containers in process`, report.left));
  line.show('own speed · killed at any moment');
  records.push(
    await killedAnyTime(repository, rootfs, quick ? KILLS.quick : KILLS.whole, signal),
    lastVerify(repository),
  );
  return records;
}

function sampleRecords({ target, pace, round, ns, busyNs, stretchNs }: Taken): AnyRecord[] {
  const of = (quantity: string, value: number | undefined): AnyRecord[] =>
    value === undefined ? [] : [{ kind: 'sample', target, quantity, round, value }];
  return [...of(`own.${pace}`, ns), ...of('own.busy', busyNs), ...of('own.stretch', stretchNs)];
}

function goalRecord({ name, unit, goal, least, value, verdict }: Verdict): GoalRecord {
  const head = {
    kind: 'goal',
    name,
    unit: unit === 'us' ? 'µs' : unit,
    goal,
    least,
    met: verdict === 'met',
  } as const;
  if (value === undefined) return { ...head, why: 'what it compares was not measured here' };
  return { ...head, value: value.median, low: value.low, high: value.high };
}

function nothing(name: string, left: readonly string[]): GoalRecord {
  const why = left.length === 0 ? undefined : left.slice(0, 3).join('; ');
  return {
    kind: 'goal',
    name,
    unit: 'things',
    goal: 0,
    least: false,
    value: left.length,
    met: left.length === 0,
    why,
  };
}

/**
 * The command, killed with SIGKILL at moments spread over its start; then `gc`, as a person would.
 */
async function killedAnyTime(
  repository: string,
  rootfs: string,
  kills: number,
  signal: AbortSignal,
): Promise<GoalRecord> {
  const program = join(repository, 'bin/terrarium');
  const before = hostState();
  const random = seededRandom(9);
  for (let turn = 0; turn < kills && !signal.aborted; turn++) {
    const options = [
      '--network',
      'veth',
      '--memory',
      '64m',
      '--name',
      `terrarium-bench-killed-${turn}`,
      '--no-tty',
    ];
    const victim = spawn(
      program,
      ['shell', rootfs, 'bench', ...options, '--', '/bin/sleep', '60'],
      { stdio: 'ignore' },
    );
    await pause(random() * WITHIN_MS);
    victim.kill('SIGKILL');
    await once(victim, 'close');
  }
  execFileSync(program, ['gc'], { stdio: 'ignore' });
  return nothing(
    `left behind after ${kills} × SIGKILL during a start, and gc`,
    await leftSince(before),
  );
}

const Verified = v.object({
  command: v.literal('npm run verify'),
  durationMs: v.number(),
  startedAt: v.string(),
});

/** Proving everything takes a minute of its own: the last run's own clock is read. */
function lastVerify(repository: string): GoalRecord {
  const head = {
    kind: 'goal',
    name: 'npm run verify, after set-up',
    unit: 's',
    goal: 60,
    least: false,
  } as const;
  const file = join(repository, 'reports/out/evidence.json');
  const evidence: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const { success, output } = v.safeParse(Verified, evidence);
  if (!success)
    return { ...head, met: false, why: 'npm run verify has not run here: it writes its own time' };
  const seconds = output.durationMs / 1000;
  return {
    ...head,
    value: seconds,
    met: seconds <= head.goal,
    why: `the run of ${output.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
  };
}
