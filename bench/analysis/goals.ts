// What is promised of Terrarium, and whether this run kept it. Pure.
import type { AnyRecord, GoalRecord, RunRecord } from '../samples/records.ts';
import { MORE_MOUNTS, MOUNTED, VERBS } from '../samples/records.ts';
import type { Samples } from '../samples/samples.ts';
import { type Estimate, estimate, estimateRatio } from '../samples/statistics.ts';

export const API = 'terrarium-api';
const POOL = 'terrarium-api-pool';
const COMMAND = 'terrarium';
const CRUN = ['crun', 'crun-newest'];
const RUNC = ['runc', 'runc-newest'];
/** The OCI runtimes, whose faster one ours is compared with. */
export const PEERS: readonly string[] = [...CRUN, ...RUNC];
const [KIB, MIB, MANY] = [1024, 1048576, 1000];
/**
 * A container makes the baseline's system calls and more, so it cannot take less time. A better
 * figure means that the measurement went wrong.
 */
const LEAST_TO_BASELINE = 0.85;

interface Goal {
  readonly name: string;
  /** `ratio` has no unit. */
  readonly unit: string;
  /** Met when the value is at most (or, with `least`, at least) this. */
  readonly goal: number;
  readonly least?: boolean;
  /** The hard limit: between `goal` and this a goal is missed within its limit. */
  readonly limit?: number;
  /** The best that can be: a better figure is refused. */
  readonly best?: number;
  /** From what `value` gives to the unit. */
  readonly scale?: number;
  /** A text says why there is no value. */
  value(samples: Samples): Estimate | string | undefined;
}

/** Goals of the measures that were asked for, after those that were recorded as such. */
export function goalsOf(
  records: readonly AnyRecord[],
  { measures, quick }: RunRecord,
  samples: Samples,
): GoalRecord[] {
  const cycles = measures.includes('goals') || measures.includes('lifecycle');
  const density = samples.firstRound(API, 'density.start').length > 0;
  const judged = [...(cycles ? LIFECYCLE : []), ...(density ? densityGoals(quick) : [])];
  return [
    ...judged.map((goal) => judge(goal, samples)),
    ...records.filter((record) => record.kind === 'goal'),
  ];
}

/** Judges by the median; the interval is there for the reader. */
function judge({ value: valueIn, scale = 1, best, ...goal }: Goal, samples: Samples): GoalRecord {
  const { least = false, limit } = goal;
  const head = { kind: 'goal' as const, ...goal, least };
  const value = valueIn(samples) ?? 'what it compares was not measured';
  if (typeof value === 'string')
    return { ...head, met: false, verdict: 'not measured', why: value };
  const median = value.median * scale;
  const keeps = (bound: number) => (least ? median >= bound : median <= bound);
  if (best !== undefined && median !== best && keeps(best)) {
    const why = `${median.toFixed(2)} cannot be: ours makes the baseline's calls and more; measure again`;
    return { ...head, met: false, verdict: 'refused', why };
  }
  const met = keeps(goal.goal);
  const within = limit !== undefined && keeps(limit);
  const verdict = met ? 'met' : within ? 'within limit' : 'missed';
  const [low, high] = [value.low * scale, value.high * scale];
  return { ...head, value: median, low, high, met, verdict };
}

const LIFECYCLE: readonly Goal[] = [
  ...paced('cycle.tight', 'back to back', { goal: 0.5, limit: 0.7 }),
  ...paced('cycle.spaced', '30 ms apart', { goal: 0.4 }),
  atOnce('the baseline', ['baseline'], { goal: 0.95, best: 1 / LEAST_TO_BASELINE }),
  atOnce('crun', CRUN, { goal: 4 }),
  atOnce('runc', RUNC, { goal: 8 }),
  ratio('eight whole commands at once, rate of crun', 'cycle.parallel', [COMMAND, CRUN], {
    ...{ goal: 1.5, least: true },
  }),
  ...VERBS.map((verb) =>
    ratio(`terrarium ${verb} to crun's`, `verb.${verb}`, [COMMAND, CRUN], {
      goal: verb === 'exec' ? 0.8 : 0.7,
    }),
  ),
  blocked('busy per start, in all', API, 'cycle.busy', 100),
  blocked('blocked per start, longest stretch', API, 'cycle.stretch', 300),
  blocked('blocked per start from a warm pool, longest stretch', POOL, 'cycle.stretch', 300),
  growth('in process', API),
  growth('the whole command', COMMAND),
];

type Bounds = Pick<Goal, 'goal' | 'limit' | 'best' | 'least'>;

/** A target's time to that of the fastest of some; a rate, of which more is better, inversely. */
function ratio(
  name: string,
  quantity: string,
  [target, others]: readonly [target: string, others: readonly string[]],
  bounds: Bounds,
): Goal {
  const value = (samples: Samples) => {
    const fastest = samples.fastest(others, quantity);
    if (fastest === undefined) return undefined;
    const [above, below] = bounds.least ? [fastest, target] : [target, fastest];
    return samples.ratio({ target: above, quantity }, { target: below, quantity })?.ratio;
  };
  return { name, unit: 'ratio', ...bounds, value };
}

/** `ofCommand`: the goal of the whole command. */
function paced(quantity: string, how: string, ofCommand: Bounds): Goal[] {
  const goal = (what: string, compared: readonly [string, readonly string[]], bounds: Bounds) =>
    ratio(`${what}, ${how}`, quantity, compared, bounds);
  const best = LEAST_TO_BASELINE;
  const ofPeer = { goal: 0.12, limit: 0.15 };
  return [
    goal('in process to the baseline', [API, ['baseline']], { goal: 1.1, limit: 1.2, best }),
    goal('in process to the faster of crun and runc', [API, PEERS], ofPeer),
    goal('in process to bwrap', [API, ['bwrap']], { goal: 0.5 }),
    goal('from a warm pool to the baseline', [POOL, ['baseline']], { goal: 0.4, limit: 0.5 }),
    goal('from a warm pool to the faster of crun and runc', [POOL, PEERS], ofPeer),
    goal('veth and limits to neither', [`${API}-veth`, [`${API}-bare`]], { goal: 1.3, best }),
    goal('command to the faster of crun and runc', [COMMAND, PEERS], ofCommand),
  ];
}

/** Of our own API, eight at once. */
function atOnce(what: string, others: readonly string[], bounds: Bounds): Goal {
  const name = `eight at once, rate of ${what}`;
  return ratio(name, 'cycle.parallel', [API, others], { least: true, ...bounds });
}

function blocked(what: string, target: string, quantity: string, goal: number): Goal {
  return {
    ...{ name: `main thread ${what}`, unit: 'µs', goal, scale: 1e-3 },
    value: (samples) => samples.estimate({ target, quantity }),
  };
}

/** By how much more mounts of the host lengthen a start, to by how much the baseline's. */
function growth(what: string, target: string): Goal {
  const name = `${MORE_MOUNTS} more mounts on the host lengthen a start, ${what}, to the baseline`;
  const value = (samples: Samples) => {
    const grown = (one: string) => {
      const at = (x: number) => samples.estimate({ target: one, quantity: MOUNTED, x })?.median;
      const [before, after] = [at(0), at(MORE_MOUNTS)];
      return before === undefined || after === undefined ? undefined : after - before;
    };
    const [ours, baseline] = [grown(target), grown('baseline')];
    if (ours === undefined || baseline === undefined) return undefined;
    return baseline > 0 ? estimate([[ours / baseline]]) : 'the baseline did not take longer';
  };
  return { name, unit: 'ratio', goal: 1.1, value };
}

/** Of many containers alive at once, from the samples that the page shows. */
function densityGoals(quick: boolean): Goal[] {
  const starts = (samples: Samples) =>
    samples.firstRound(API, 'density.start').map(({ value }) => value);
  const short = (samples: Samples) =>
    quick ? 'a quick run starts ten' : `only ${starts(samples).length} of ${MANY} were started`;
  const ofThousand = (of: (all: readonly number[]) => Estimate) => (samples: Samples) => {
    const all = starts(samples).slice(0, MANY);
    return all.length < MANY ? short(samples) : of(all);
  };
  const at = (quantity: string) => (samples: Samples) =>
    samples.estimate({ target: API, quantity, x: MANY }) ?? short(samples);
  const sum = (all: readonly number[]) => all.reduce((total, value) => total + value, 0);
  return [
    besideWorkload('user', 'KiB', 16, KIB),
    besideWorkload('kernel', 'MiB', 0.6, MIB),
    {
      ...{ name: '1,000 containers alive, eight starts at a time, in', unit: 's', goal: 3 },
      ...{ scale: 1e-9, value: at('density.filled') },
    },
    {
      ...{ name: 'the same, one after the other, in', unit: 's', goal: 3 },
      value: ofThousand((all) => estimate([[sum(all) / 1e9]])),
    },
    {
      name: 'a start beside 900 to 1,000 others, to one beside 1 to 100',
      ...{ unit: 'ratio', goal: 1.2 },
      value: ofThousand((all) => estimateRatio([all.slice(-100)], [all.slice(1, 101)])),
    },
    {
      name: 'of 1,000 alive, those whose program ran and answered',
      ...{ unit: '', goal: MANY, least: true, value: at('density.answered') },
    },
  ];
}

/** What keeps a container alive: the memory of its workload on bare metal is taken off. */
function besideWorkload(kind: 'user' | 'kernel', unit: string, goal: number, per: number): Goal {
  const name = `${kind} memory of one more container beside its workload, at 100`;
  const value = (samples: Samples) => {
    const of = (target: string) =>
      samples.estimate({ target, quantity: `memory.${kind}`, x: 100 })?.median;
    const [ours, bare] = [of(API), of('bare')];
    return ours === undefined || bare === undefined
      ? 'a hundred at once were not reached by both Terrarium and bare metal'
      : estimate([[(ours - bare) / per]]);
  };
  return { name, unit, goal, value };
}
