// A goal that one figure decides, which is no sample. Pure.
import type { GoalRecord } from './records.ts';

interface OwnGoal extends Pick<GoalRecord, 'name' | 'unit' | 'goal'> {
  /** What the figure has to be read with, or why there is none. */
  readonly why?: string | undefined;
}

/** Met by at most `goal`, and not measured without a figure. */
export function ownGoal(goal: OwnGoal, value: number | undefined): GoalRecord {
  const head = { kind: 'goal', least: false, ...goal } as const;
  if (value === undefined) return { ...head, met: false, verdict: 'not measured' };
  const met = value <= goal.goal;
  return { ...head, value, met, verdict: met ? 'met' : 'missed' };
}
