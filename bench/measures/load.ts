// What a target does once it is up, in one start a round: the suite, then its server under load; a
// machine's limits at the end.
import { messageOf } from '../../runtime/base/errors.ts';
import type { Started } from '../programs/starter.ts';
import type { Group } from '../targets/groups.ts';
import {
  addressOf,
  type Bench,
  beginAndHear,
  inGroup,
  inRounds,
  isDiskFull,
  PORT,
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
const LIMIT_WINDOWS = { quick: 2, whole: 10 };

const PARTS = ['processor', 'throughput', 'limits'] as const;
type Part = (typeof PARTS)[number];

export function loadSteps(bench: Bench): Step[] {
  /** By target: what is not asked of it again, since it failed or one round is enough. */
  const over = new Map(bench.subjects.map(({ target }) => [target.name, new Set<Part>()]));
  return inRounds(bench, bench.quick ? 1 : 3, PARTS, (subject, round) => {
    const { name: target, guessS: start, slow } = subject.target;
    const parts = partsOf(subject);
    const guessS = start + parts.length * (slow ? 2 : 1) * (bench.quick ? 1 : 3);
    const run = () => loadOf(bench, subject, { round, parts, over: over.get(target) ?? new Set() });
    return parts.length === 0 ? [] : [{ measure: 'load', target, round, guessS, run }];
  });
}

/** A machine is limited from outside, within the same start; other targets need one for that. */
function partsOf({ target: { measures, slow } }: Subject): Part[] {
  return PARTS.filter((part) => measures.includes(part) && (part !== 'limits' || slow));
}

interface Turn {
  readonly round: number;
  readonly parts: readonly Part[];
  readonly over: Set<Part>;
}

/** A part that fails is recorded, and has no turn in the next round, so that later parts do. */
async function loadOf(bench: Bench, subject: Subject, { round, parts, over }: Turn): Promise<void> {
  const left = parts.filter((part) => !over.has(part));
  const cpus = bench.serverCpus;
  let at = -1; // not up yet
  const run = async (group: Group) => {
    const others = processIds();
    const linked = left.includes('throughput');
    const start = { argv: suiteCommand(bench, round, left), cpus, linked, later: true };
    const { started, stop } = await beginAndHear(bench, subject, group, start);
    try {
      for (const [index, part] of left.entries()) {
        at = index;
        const last = index === left.length - 1;
        await perform(part, bench, subject, { started, round, others, group, last });
      }
      over.add('limits');
    } finally {
      if (!started.at.has('exit')) await stop();
    }
  };
  try {
    await settle(bench);
    if (left.length > 0) await inGroup(bench, subject, { cpus }, run);
  } catch (error) {
    if (bench.context.signal.aborted || isDiskFull(error)) throw error;
    const target = subject.target.name;
    for (const measure of left.slice(Math.max(0, at), at < 0 || bench.quick ? undefined : at + 1)) {
      over.add(measure);
      bench.record({ kind: 'failure', target, measure, reason: messageOf(error) });
    }
  }
}

const limitWindows = ({ quick }: Bench) => (quick ? LIMIT_WINDOWS.quick : LIMIT_WINDOWS.whole);

function suiteCommand(bench: Bench, round: number, parts: readonly Part[]): string[] {
  const turns = parts.includes('processor') ? (bench.quick ? 1 : (TURNS[round] ?? 3)) : 0;
  const limits = parts.includes('limits') ? limitArguments(limitWindows(bench)) : ['0', '0'];
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

async function perform(part: Part, bench: Bench, subject: Subject, up: Up): Promise<void> {
  const { started, round, others, last } = up;
  const { signal } = bench.context;
  if (part === 'processor') {
    await started.untilSaid(['== serve'], SUITE_MS, signal);
    noteSuite(bench, subject, round, started);
  } else if (part === 'throughput') {
    await started.untilSaid(['== serve', 'ready'], ANSWER_MS, signal);
    await sweep(bench, subject, round, others);
    const end = `http://${addressOf(bench, subject)}:${PORT}/end`;
    if (!last) await fetch(end, { signal: AbortSignal.timeout(ANSWER_MS) });
  } else {
    await started.untilSaid(['== limits', 'ready'], ANSWER_MS, signal);
    await watchLimits(bench, subject, started, { ...up, windows: limitWindows(bench) });
  }
}
