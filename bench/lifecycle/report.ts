// The result of a run as data: what is printed, and written as JSON.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import type { Estimate } from '../samples/statistics.ts';
import { judge, type Verdict } from './goals.ts';
import type { Series, StepSummary } from './series.ts';
import type { Pace, PaceName, Target } from './target.ts';

export interface Host {
  readonly kernel: string;
  readonly processors: number;
  readonly processor: string;
  /** One-minute load average before the run. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Result {
  readonly target: string;
  readonly title: string;
  /** Nanoseconds. */
  readonly time: Estimate;
  readonly toFloor: Estimate | undefined;
  readonly toPeer: Estimate | undefined;
}

export interface PaceReport {
  readonly pace: PaceName;
  readonly title: string;
  /** The faster of crun and runc at this pace. */
  readonly peer: string | undefined;
  readonly results: readonly Result[];
  /** The floor measured twice: how far from 1 two equal things are in this run. */
  readonly noise: Estimate | undefined;
}

export interface Report {
  readonly version: 1;
  readonly benchmark: 'lifecycle';
  readonly startedAt: string;
  readonly host: Host;
  readonly paces: readonly PaceReport[];
  readonly steps: readonly StepSummary[];
  readonly goals: readonly Verdict[];
  readonly skipped: readonly { readonly target: string; readonly reason: string }[];
  /** What appeared on the host meanwhile and is still there. */
  readonly left: readonly string[];
}

/**
 * Results of every target at every pace, with their ratios to the floor and to the faster of crun
 * and runc.
 */
export function paceReports(
  series: Series,
  targets: readonly Target[],
  paces: readonly Pace[],
): PaceReport[] {
  const shown = paces.filter(({ name }) => name !== 'watched');
  return shown.map(({ name: pace, title }) => {
    const peer = series.fastest(['crun', 'runc'], pace);
    const results = targets.flatMap((target): Result[] => {
      const time = series.estimate(target.name, pace);
      if (time === undefined) return [];
      const toFloor = series.ratio(target.name, 'floor', pace);
      const toPeer = peer === undefined ? undefined : series.ratio(target.name, peer, pace);
      return [{ target: target.name, title: target.title, time, toFloor, toPeer }];
    });
    return { pace, title, peer, results, noise: series.ratio('floor-again', 'floor', pace) };
  });
}

/** The parts of the report that follow from the samples alone. */
export function conclusions(series: Series): Pick<Report, 'steps' | 'goals'> {
  return { steps: series.steps('api', 'tight'), goals: judge(series) };
}

/** This machine, and the versions of what is measured. */
export function describeHost(targets: readonly Target[]): Host {
  const processors = cpus();
  const versions = targets.flatMap(({ name }) => {
    const version = ['crun', 'runc', 'bwrap', 'unshare'].includes(name)
      ? versionOf(name)
      : undefined;
    return version === undefined ? [] : [[name, version] as const];
  });
  return {
    kernel: release(),
    processors: processors.length,
    processor: processors[0]?.model ?? 'unknown',
    load: loadavg()[0] ?? 0,
    versions: { node: process.versions.node, ...Object.fromEntries(versions) },
  };
}

function versionOf(program: string): string | undefined {
  const said = execFileSync(program, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?\S*/.exec(said)?.[0];
}
