// What is promised of a life cycle, and whether this run kept it.

import type { Estimate } from '../samples/statistics.ts';
import type { Series } from './series.ts';
import type { PaceName } from './target.ts';

export interface Goal {
  readonly name: string;
  /** `ratio` has no unit; `us` is microseconds. */
  readonly unit: 'ratio' | 'us';
  /** Met when the value is at most (or, with `least`, at least) this. */
  readonly goal: number;
  readonly least?: boolean;
  /** What has to hold in any case. */
  readonly limit?: number;
  value(series: Series): Estimate | undefined;
}

export interface Verdict {
  readonly name: string;
  readonly unit: Goal['unit'];
  readonly goal: number;
  readonly least: boolean;
  readonly limit?: number;
  readonly value: Estimate | undefined;
  readonly verdict: 'met' | 'within limit' | 'missed' | 'not measured';
}

const OCI = ['crun', 'runc'];

export const GOALS: readonly Goal[] = [
  ...paced('tight', 'back to back'),
  ...paced('spaced', '30 ms apart'),
  {
    name: 'eight at once, rate of the floor',
    unit: 'ratio',
    goal: 0.95,
    least: true,
    value: (all) => all.ratio('floor', 'api', 'crowd'),
  },
  {
    name: 'eight at once, rate of crun',
    unit: 'ratio',
    goal: 4,
    least: true,
    value: (all) => all.ratio('crun', 'api', 'crowd'),
  },
  {
    name: 'eight at once, rate of runc',
    unit: 'ratio',
    goal: 8,
    least: true,
    value: (all) => all.ratio('runc', 'api', 'crowd'),
  },
  {
    name: 'main thread busy per start, in all',
    unit: 'us',
    goal: 100,
    value: (all) => scaled(all.estimate('api', 'tight', 'busyNs'), 1e-3),
  },
  {
    name: 'main thread blocked per start, longest stretch',
    unit: 'us',
    goal: 100,
    value: (all) => scaled(all.estimate('api', 'watched', 'stretchNs'), 1e-3),
  },
  {
    name: 'main thread blocked per start from a warm pool, longest stretch',
    unit: 'us',
    goal: 100,
    value: (all) => scaled(all.estimate('api-pool', 'watched', 'stretchNs'), 1e-3),
  },
];

function paced(pace: PaceName, words: string): Goal[] {
  const toFastest = (all: Series, target: string) => {
    const peer = all.fastest(OCI, pace);
    return peer === undefined ? undefined : all.ratio(target, peer, pace);
  };
  return [
    {
      name: `in process to the floor, ${words}`,
      unit: 'ratio',
      goal: 1.1,
      limit: 1.3,
      value: (all) => all.ratio('api', 'floor', pace),
    },
    {
      name: `in process to the faster of crun and runc, ${words}`,
      unit: 'ratio',
      goal: 0.12,
      limit: 0.15,
      value: (all) => toFastest(all, 'api'),
    },
    {
      name: `in process to bwrap, ${words}`,
      unit: 'ratio',
      goal: 0.5,
      value: (all) => all.ratio('api', 'bwrap', pace),
    },
    {
      name: `from a warm pool to the floor, ${words}`,
      unit: 'ratio',
      goal: 0.6,
      value: (all) => all.ratio('api-pool', 'floor', pace),
    },
    {
      name: `from a warm pool to the faster of crun and runc, ${words}`,
      unit: 'ratio',
      goal: 0.12,
      limit: 0.15,
      value: (all) => toFastest(all, 'api-pool'),
    },
    {
      name: `veth and limits to neither, ${words}`,
      unit: 'ratio',
      goal: 1.3,
      value: (all) => all.ratio('api-veth', 'api-bare', pace),
    },
    {
      name: `command to the faster of crun and runc, ${words}`,
      unit: 'ratio',
      goal: 0.5,
      value: (all) => toFastest(all, 'cli'),
    },
  ];
}

/** Judges by the median; the interval is there for the reader. */
export function judge(series: Series, goals: readonly Goal[] = GOALS): Verdict[] {
  return goals.map(({ name, unit, goal, least = false, limit, value: measure }) => {
    const value = measure(series);
    const keeps = (bound: number | undefined) =>
      value !== undefined &&
      bound !== undefined &&
      (least ? value.median >= bound : value.median <= bound);
    const verdict =
      value === undefined
        ? 'not measured'
        : keeps(goal)
          ? 'met'
          : keeps(limit)
            ? 'within limit'
            : 'missed';
    return { name, unit, goal, least, ...(limit === undefined ? {} : { limit }), value, verdict };
  });
}

function scaled(value: Estimate | undefined, factor: number): Estimate | undefined {
  if (value === undefined) return undefined;
  const { samples, median, low, high, min, max } = value;
  return {
    median: median * factor,
    low: low * factor,
    high: high * factor,
    min: min * factor,
    max: max * factor,
    samples,
  };
}
