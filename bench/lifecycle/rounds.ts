// The order of a run: rounds, in each of them a block of every target at every pace, so that all of
// them meet the same machine.
import { setTimeout as pause } from 'node:timers/promises';
import type { Measure, Pace, PaceName, Sample, Target } from './target.ts';

export interface Schedule {
  readonly paces: readonly Pace[];
  readonly rounds: number;
  /** Samples of one target in one round, at each pace. */
  readonly perRound: Readonly<Record<PaceName, number>>;
}

export interface Opened {
  readonly target: Target;
  readonly measure: Measure;
}

/** One sample with where it belongs. */
export interface Taken extends Sample {
  readonly target: string;
  readonly pace: PaceName;
  readonly round: number;
}

export interface Progress {
  readonly round: number;
  readonly rounds: number;
  readonly pace: string;
  readonly target: string;
  /** Seconds left, guessed from the blocks so far. Undefined in the first round. */
  readonly secondsLeft: number | undefined;
}

interface Step {
  readonly opened: Opened;
  readonly pace: Pace;
}

const WARMUP = 2;
/**
 * What a container leaves to the kernel's workers (its network namespace, its groups) should not
 * burden the next target.
 */
const SETTLE_MS = 40;

/**
 * Takes all samples. When it is interrupted it ends early, after the container at hand, with those
 * until then. Each round starts with another target.
 */
export async function takeRounds(
  opened: readonly Opened[],
  schedule: Schedule,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Taken[]> {
  const steps = schedule.paces.flatMap((pace) =>
    opened
      .filter(({ target }) => target.paces.includes(pace.name))
      .map((one): Step => ({ opened: one, pace })),
  );
  const taken: Taken[] = [];
  const took = new Map<Step, number>();
  for (let round = 0; round < schedule.rounds; round++) {
    const order = rotate(steps, round);
    for (const [position, step] of order.entries()) {
      const { target } = step.opened;
      const secondsLeft =
        round === 0
          ? undefined
          : timeLeft(order.slice(position), steps, schedule.rounds - round - 1, took);
      onProgress({
        round,
        rounds: schedule.rounds,
        pace: step.pace.title,
        target: target.title,
        secondsLeft,
      });
      const start = performance.now();
      const runs = schedule.perRound[step.pace.name];
      try {
        const samples = await step.opened.measure({
          pace: step.pace,
          runs,
          warmup: WARMUP,
          signal,
        });
        taken.push(
          ...samples.map((sample) => ({
            ...sample,
            target: target.name,
            pace: step.pace.name,
            round,
          })),
        );
        await pause(SETTLE_MS, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return taken;
        throw error;
      }
      took.set(step, performance.now() - start);
    }
  }
  return taken;
}

/** Within each pace, which stay in order, the round's first target moves on by one. */
function rotate(steps: readonly Step[], by: number): Step[] {
  const groups = Map.groupBy(steps, ({ pace }) => pace.name);
  return [...groups.values()].flatMap((group) => {
    const at = by % group.length;
    return [...group.slice(at), ...group.slice(0, at)];
  });
}

function timeLeft(
  now: readonly Step[],
  all: readonly Step[],
  rounds: number,
  took: ReadonlyMap<Step, number>,
): number {
  const sum = (steps: readonly Step[]) =>
    steps.reduce((total, step) => total + (took.get(step) ?? 0), 0);
  return (sum(now) + rounds * sum(all)) / 1000;
}
