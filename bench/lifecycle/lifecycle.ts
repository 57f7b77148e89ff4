// `bench lifecycle`: create, start, wait, delete, by everything that can do it here, side by side.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostState, leftSince } from '../measures/leftovers.ts';
import { buildFloor } from '../programs/build.ts';
import { LANES } from './peers.ts';
import { conclusions, describeHost, paceReports, type Report } from './report.ts';
import { type Opened, type Progress, type Schedule, type Taken, takeRounds } from './rounds.ts';
import { Series } from './series.ts';
import type { Pace, Surroundings, Target } from './target.ts';

export interface LifecycleOptions {
  readonly repository: string;
  /** Root file system to start in; it needs /bin/true. */
  readonly rootfs: string;
  readonly targets: readonly Target[];
  readonly rounds: number;
  /** Samples of each target back to back, in all; half as many with pauses. */
  readonly runs: number;
  readonly gapMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Measures. Throws what the first failing target says. After an interruption it resolves with what
 * it has.
 */
export async function takeLifecycle(
  options: LifecycleOptions,
): Promise<{ report: Report; taken: readonly Taken[] }> {
  const startedAt = new Date().toISOString();
  if (!existsSync(join(options.rootfs, 'bin/true')))
    throw new Error(`${options.rootfs}: no root file system with /bin/true`);
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-bench-'));
  try {
    const { repository, rootfs } = options;
    const surroundings: Surroundings = {
      repository,
      rootfs,
      scratch,
      floor: buildFloor(repository),
    };
    const skipped = options.targets.flatMap((target) => {
      const reason = target.missing(surroundings);
      return reason === undefined ? [] : [{ target: target.name, reason }];
    });
    const present = options.targets.filter(
      ({ name }) => !skipped.some(({ target }) => target === name),
    );
    const host = describeHost(present);
    const before = hostState();
    const schedule = scheduleOf(options);
    const taken = await takeRounds(
      await openAll(present, surroundings),
      schedule,
      options.signal,
      options.onProgress,
    );
    const series = new Series(taken);
    const paces = paceReports(series, present, schedule.paces);
    const left = await leftSince(before);
    const report: Report = {
      version: 1,
      benchmark: 'lifecycle',
      startedAt,
      host,
      ...conclusions(series),
      paces,
      skipped,
      left,
    };
    return { report, taken };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Measures, and writes `reports/out/bench/lifecycle.{ndjson,json}`. An interruption is an error
 * here: part of a round would mislead.
 */
export async function lifecycle(
  options: LifecycleOptions,
): Promise<{ report: Report; files: string[] }> {
  const { report, taken } = await takeLifecycle(options);
  options.signal.throwIfAborted();
  return { report, files: writeResults(options.repository, report, taken) };
}

async function openAll(targets: readonly Target[], surroundings: Surroundings): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const target of targets) opened.push({ target, measure: await target.open(surroundings) });
  return opened;
}

function scheduleOf({ rounds, runs, gapMs }: LifecycleOptions): Schedule {
  const tight = Math.max(1, Math.ceil(runs / rounds));
  const half = Math.max(1, Math.ceil(tight / 2));
  const paces: Pace[] = [
    { name: 'tight', title: 'back to back', gapMs: 0, lanes: 1 },
    { name: 'spaced', title: `${gapMs} ms apart`, gapMs, lanes: 1 },
    { name: 'crowd', title: 'eight at once', gapMs: 0, lanes: LANES },
    { name: 'watched', title: 'main thread watched', gapMs: 5, lanes: 1 },
  ];
  return { paces, rounds, perRound: { tight, spaced: half, crowd: half, watched: half } };
}

function writeResults(repository: string, report: Report, taken: readonly Taken[]): string[] {
  const directory = join(repository, 'reports/out/bench');
  mkdirSync(directory, { recursive: true });
  const samples = join(directory, 'lifecycle.ndjson');
  const summary = join(directory, 'lifecycle.json');
  writeFileSync(samples, taken.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  writeFileSync(summary, `${JSON.stringify(report, null, 2)}\n`);
  return [samples, summary];
}
