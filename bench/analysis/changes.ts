// What is worse than in an earlier run, beyond noise: goals, and our own ratios to bare metal.
// Pure.
import type { Baseline } from './summary.ts';

export interface Change {
  readonly what: string;
  readonly was: number;
  readonly is: number;
  readonly worse: boolean;
}

interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

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
  const differs = (['kernel', 'processor', 'processors'] as const).filter(
    (name) => a[name] !== b[name],
  );
  return differs.length === 0
    ? undefined
    : `the baseline is of another machine: ${differs.map((name) => `${name} ${a[name]}, now ${b[name]}`).join('; ')}`;
}

function goalChanges(before: Baseline, now: Baseline): Change[] {
  return now.goals.flatMap((goal): Change[] => {
    const was = before.goals.find(({ name }) => name === goal.name);
    const [old, is] = [spreadOf(was), spreadOf(goal)];
    if (old === undefined) return [];
    if (is === undefined)
      return [
        { what: `${goal.name}: no longer measured`, was: old.median, is: Number.NaN, worse: true },
      ];
    return changed(goal.name, old, is, goal.least ? 'more' : 'less');
  });
}

function ratioChanges(before: Baseline, now: Baseline): Change[] {
  return now.targets
    .filter(({ name }) => OURS.test(name))
    .flatMap(({ name, measures }) =>
      measures.flatMap(({ quantity, title, better, toBare }): Change[] => {
        const old = before.targets
          .find((one) => one.name === name)
          ?.measures.find((one) => one.quantity === quantity)?.toBare;
        return old === undefined || toBare === undefined
          ? []
          : changed(`${name}: ${title}, to bare metal`, old, toBare, better);
      }),
    );
}

function spreadOf(goal: Baseline['goals'][number] | undefined): Spread | undefined {
  if (goal?.value === undefined) return undefined;
  return { median: goal.value, low: goal.low ?? goal.value, high: goal.high ?? goal.value };
}

function changed(what: string, was: Spread, is: Spread, better: 'less' | 'more'): Change[] {
  const rose = is.low > was.high && is.median > was.median * (1 + MARGIN);
  const fell = is.high < was.low && is.median < was.median / (1 + MARGIN);
  if (!rose && !fell) return [];
  return [{ what, was: was.median, is: is.median, worse: rose === (better === 'less') }];
}
