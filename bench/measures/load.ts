// What a target does once it is up, in one start a round: the suite, then its server under load; a
// machine's limits at the end.

import type { Started } from '../programs/starter.ts';
import type { Group } from '../targets/groups.ts';
import {
  type Bench,
  beginAndHear,
  inGroup,
  isDiskFull,
  PORT,
  rotated,
  type Step,
  type Subject,
  settle,
} from './context.ts';
import { processIds } from './footprint.ts';
import { limitArguments, watchLimits } from './limits.ts';
import { noteSuite } from './processor.ts';
import { sweep } from './throughput.ts';

const SUITE_MS = 90_000;
const ANSWER_MS = 5000;
/** Turns of the suite in each round: ten in all. */
const TURNS = [4, 3, 3];
const LIMIT_WINDOWS = 10;

const PARTS = ['processor', 'throughput', 'limits'] as const;
type Part = (typeof PARTS)[number];

export function loadSteps(bench: Bench): Step[] {
  /** By target: what is not asked of it again, since it failed or one round is enough. */
  const over = new Map(bench.subjects.map(({ place }) => [place.name, new Set<Part>()]));
  return Array.from({ length: bench.quick ? 1 : 3 }, (_, round) =>
    rotated(bench.subjects, PARTS, round).flatMap((subject): Step[] => {
      const { name, guessS, dear = false } = subject.place;
      const mine = partsOf(subject);
      if (mine.length === 0) return [];
      const run = () =>
        allOf(bench, subject, { round, parts: mine, over: over.get(name) ?? new Set() });
      return [
        {
          measure: 'load',
          target: name,
          round,
          guessS: guessS + mine.length * (dear ? 2 : 1) * (bench.quick ? 1 : 3),
          run,
        },
      ];
    }),
  ).flat();
}

/**
 * A machine's processor is limited from outside, within the same start. A target that limits itself
 * needs a separate start for that.
 */
function partsOf({ place: { measures, dear = false } }: Subject): Part[] {
  return PARTS.filter((part) => measures.includes(part) && (part !== 'limits' || dear));
}

interface Turn {
  readonly round: number;
  readonly parts: readonly Part[];
  readonly over: Set<Part>;
}

/**
 * A part that fails is recorded, and has no turn in the next round: those that come after it in the
 * same start then do.
 */
async function allOf(bench: Bench, subject: Subject, { round, parts, over }: Turn): Promise<void> {
  const left = parts.filter((part) => !over.has(part));
  let at = -1; // not up yet
  const run = async (group: Group) => {
    const others = processIds();
    const argv = suiteCommand(bench, round, left);
    const running = await beginAndHear(bench, subject, group, {
      argv,
      cpus: bench.serverCpus,
      linked: left.includes('throughput'),
      later: true,
    });
    try {
      for (const [index, part] of left.entries()) {
        at = index;
        await perform(part, bench, subject, {
          started: running.started,
          round,
          others,
          group,
          last: index === left.length - 1,
        });
      }
      over.add('limits');
    } finally {
      if (!running.started.at.has('exit')) await running.stop();
    }
  };
  try {
    await settle(bench);
    if (left.length > 0) await inGroup(bench, subject, { cpus: bench.serverCpus }, run);
  } catch (error) {
    if (bench.world.signal.aborted || isDiskFull(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    for (const measure of left.slice(Math.max(0, at), at < 0 || bench.quick ? undefined : at + 1)) {
      over.add(measure);
      bench.record({ kind: 'failure', target: subject.place.name, measure, reason });
    }
  }
}

function suiteCommand({ quick }: Bench, round: number, parts: readonly Part[]): string[] {
  const turns = parts.includes('processor') ? (quick ? 1 : (TURNS[round] ?? 3)) : 0;
  const limits = parts.includes('limits') ? limitArguments(quick ? 2 : LIMIT_WINDOWS) : ['0', '0'];
  const port = parts.includes('throughput') ? PORT : 0;
  return ['/bin/bench-suite', `${turns}`, `${port}`, ...limits];
}

interface Up {
  readonly started: Started;
  readonly round: number;
  readonly others: ReadonlySet<number>;
  readonly group: Group;
  readonly last: boolean;
}

async function perform(
  part: Part,
  bench: Bench,
  subject: Subject,
  { started, round, others, group, last }: Up,
): Promise<void> {
  const { signal } = bench.world;
  if (part === 'processor') {
    await started.untilSaid(['== serve'], SUITE_MS, signal);
    noteSuite(bench, subject, round, started);
  } else if (part === 'throughput') {
    await started.untilSaid(['== serve', 'ready'], ANSWER_MS, signal);
    await sweep(bench, subject, round, others);
    if (!last)
      await fetch(`http://${subject.opened.address}:${PORT}/end`, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
  } else {
    await started.untilSaid(['== limits', 'ready'], ANSWER_MS, signal);
    await watchLimits(bench, subject, started, {
      round,
      others,
      group,
      windows: bench.quick ? 2 : LIMIT_WINDOWS,
    });
  }
}
