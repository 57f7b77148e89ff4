// What is worse than in an earlier run, beyond noise: goals, and our own ratios to bare metal.
// Pure.
import type { Baseline } from './summary.ts';

export interface Change {
  readonly what: string;
  readonly was: number;
  readonly is: number;
  readonly worse: boolean;
}

type Spread = Readonly<Record<'median' | 'low' | 'high', number>>;

/** Two runs differ by this much without a cause: another moment of the same machine. */
const MARGIN = 0.1;
const OURS = /^terrarium/;

/** Everything that changed beyond its intervals and the margin, what is worse first. */
export function changesSince(before: Baseline, now: Baseline): Change[] {
  return [...goalChanges(before, now), ...ratioChanges(before, now)].sort(
    (a, b) => Number(b.worse) - Number(a.worse),
  );
}

/** Machines that are not alike are not compared silently. */
export function machineDiffers({ host: a }: Baseline, { host: b }: Baseline): string | undefined {
  const names = (['kernel', 'processor', 'processors'] as const).filter((key) => a[key] !== b[key]);
  const list = names.map((name) => `${name} ${a[name]}, now ${b[name]}`).join('; ');
  return list === '' ? undefined : `the baseline is of another machine: ${list}`;
}

/** A quick run does not measure all goals; in a whole one, a goal without a value is worse. */
function goalChanges(before: Baseline, now: Baseline): Change[] {
  return now.goals.flatMap((goal): Change[] => {
    const was = spreadOf(before.goals.find(({ name }) => name === goal.name));
    const is = spreadOf(goal);
    if (was === undefined || is !== undefined || now.quick === true)
      return changed(goal.name, was, is, goal.least ? 'more' : 'less');
    const what = `${goal.name}: no longer measured`;
    return [{ what, was: was.median, is: Number.NaN, worse: true }];
  });
}

function ratioChanges(before: Baseline, now: Baseline): Change[] {
  const ours = now.targets.filter(({ name }) => OURS.test(name));
  return ours.flatMap(({ name, measures }) => {
    const then = before.targets.find((one) => one.name === name)?.measures ?? [];
    return measures.flatMap(({ quantity, title, better, toBare }) => {
      const was = then.find((one) => one.quantity === quantity)?.toBare;
      return changed(`${name}: ${title}, to bare metal`, was, toBare, better);
    });
  });
}

function spreadOf(goal: Baseline['goals'][number] | undefined): Spread | undefined {
  if (goal?.value === undefined) return undefined;
  return { median: goal.value, low: goal.low ?? goal.value, high: goal.high ?? goal.value };
}

/** Nothing where one of them was not measured. */
function changed(what: string, was?: Spread, is?: Spread, better?: 'less' | 'more'): Change[] {
  if (was === undefined || is === undefined) return [];
  const rose = is.low > was.high && is.median > was.median * (1 + MARGIN);
  const fell = is.high < was.low && is.median < was.median / (1 + MARGIN);
  if (!rose && !fell) return [];
  return [{ what, was: was.median, is: is.median, worse: rose === (better === 'less') }];
}
