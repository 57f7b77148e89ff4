// Create, start, wait, delete, by everything that can do it: the API in this process, commands, and
// the C baseline, which makes the same system calls and nothing else.
import { timeSeries } from '../programs/baseline.ts';
import { OPERATION } from '../samples/records.ts';
import { LANES, type Opened, type Pace, TIGHT } from '../targets/target.ts';
import {
  type Bench,
  MEMORY_MIB,
  type Schedule,
  type Step,
  type Subject,
  type Turn,
  turnsOf,
} from './context.ts';

const WARM_UP = 2;
/** Pause before each start of the spaced pace. */
const GAP_MS = 30;

interface Timing {
  readonly pace: Pace;
  /** Of one target in one round; with lanes: in each of them. */
  readonly runs: number;
}

/** In each round every target has a block at each pace, so that all meet the same machine. */
export function lifecycleSteps(bench: Bench): Step[] {
  const cycles = new Map(
    turnsOf(bench, ['lifecycle'], 0).map((turn) => [turn.target.name, cycleOf(turn)]),
  );
  const stepOf = (turn: Turn, timing: Timing) =>
    turn.step('lifecycle', () => block(turn, cycles.get(turn.target.name), timing));
  return Array.from({ length: bench.schedule.rounds }, (_, round) =>
    timingsOf(bench.schedule).flatMap((timing) => {
      const isPaced = ({ target }: Subject) => target.paces.includes(timing.pace.name);
      const paced = { ...bench, subjects: bench.subjects.filter(isPaced) };
      return turnsOf(paced, ['lifecycle'], round).map((turn) => stepOf(turn, timing));
    }),
  ).flat();
}

/** The paces of a schedule. */
function timingsOf({ rounds, runs }: Schedule): Timing[] {
  const tight = Math.max(1, Math.ceil(runs / rounds));
  const half = Math.max(1, Math.ceil(tight / 2));
  return [
    { pace: TIGHT, runs: tight },
    { pace: { name: 'spaced', gapMs: GAP_MS, lanes: 1 }, runs: half },
    { pace: { name: 'parallel', gapMs: 0, lanes: LANES }, runs: half },
    { pace: { name: 'watched', gapMs: 5, lanes: 1 }, runs: half },
  ];
}

async function block(turn: Turn, cycle: Opened['cycle'], { pace, runs }: Timing): Promise<void> {
  const { signal } = turn;
  const note = (quantity: string, value: number | undefined) => {
    if (value !== undefined) turn.note(quantity, value);
  };
  for (const one of (await cycle?.({ pace, runs, warmup: WARM_UP, signal })) ?? []) {
    note(`cycle.${pace.name}`, one.ns);
    note('cycle.busy', pace.name === 'tight' ? one.busyNs : undefined);
    note('cycle.stretch', one.stretchNs);
    // Where the time goes is shown of one target.
    if (pace.name !== 'tight' || turn.target.name !== 'terrarium-api') continue;
    const operations = one.operations ?? [];
    for (const [index, { name, ms }] of operations.entries())
      note(`${OPERATION.cycle}${index} ${name}`, ms * 1e6);
    note('cycle.between', one.ns - operations.reduce((sum, { ms }) => sum + ms * 1e6, 0));
  }
  await turn.settle();
}

/** The target's own, else its command's, spawned and timed by the C baseline. */
export function cycleOf(turn: Turn): Opened['cycle'] {
  const { command, cycle } = turn.opened;
  if (cycle !== undefined || command === undefined) return cycle;
  const name = turn.newName();
  const request = { argv: ['/bin/true'], memoryMiB: MEMORY_MIB, quota: 1, linked: false };
  const inLane = (lane: string) => command({ id: `${name}-${lane}`, ...request });
  // Lanes cannot share a bundle or a name; the baseline puts their numbers in.
  for (let lane = 0; lane < LANES; lane++) inLane(`${lane}`);
  const { argv } = inLane('{}');
  return (each) => timeSeries(turn.bench.context.baseline, ['--', ...argv], each);
}
