// What is promised of Terrarium, and whether this run kept it. Pure.
import type { AnyRecord, GoalRecord, RunRecord } from '../samples/records.ts';
import type { Samples } from '../samples/samples.ts';
import { type Estimate, estimate, estimateRatio } from '../samples/statistics.ts';

export const API = 'terrarium-api';
const POOL = 'terrarium-api-pool';
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
function judge(goal: Goal, samples: Samples): GoalRecord {
  const { name, unit, goal: wanted, least = false, limit, best } = goal;
  const bounds = { goal: wanted, least, ...(limit === undefined ? {} : { limit }) };
  const head = { kind: 'goal' as const, name, unit, ...bounds };
  const value = goal.value(samples) ?? 'what it compares was not measured';
  if (typeof value === 'string')
    return { ...head, met: false, verdict: 'not measured', why: value };
  const { median, low, high } = value;
  const keeps = (bound: number) => (least ? median >= bound : median <= bound);
  if (best !== undefined && median !== best && keeps(best)) {
    const why = `${median.toFixed(2)} cannot be: ours makes the baseline's calls and more; measure again`;
    return { ...head, met: false, verdict: 'refused', why };
  }
  const met = keeps(wanted);
  const within = limit !== undefined && keeps(limit);
  const verdict = met ? 'met' : within ? 'within limit' : 'missed';
  return { ...head, value: median, low, high, met, verdict };
}

const LIFECYCLE: readonly Goal[] = [
  ...paced('cycle.tight', 'back to back'),
  ...paced('cycle.spaced', '30 ms apart'),
  rate('the baseline', ['baseline'], { goal: 0.95, best: 1 / LEAST_TO_BASELINE }),
  rate('crun', CRUN, { goal: 4 }),
  rate('runc', RUNC, { goal: 8 }),
  blocked('busy per start, in all', API, 'cycle.busy'),
  blocked('blocked per start, longest stretch', API, 'cycle.stretch'),
  blocked('blocked per start from a warm pool, longest stretch', POOL, 'cycle.stretch'),
];

/** A target's time to that of the fastest of some. */
function timeTo(target: string, others: readonly string[], quantity: string): Goal['value'] {
  return (samples) => {
    const fastest = samples.fastest(others, quantity);
    if (fastest === undefined) return undefined;
    return samples.ratio({ target, quantity }, { target: fastest, quantity })?.ratio;
  };
}

function paced(quantity: string, how: string): Goal[] {
  const goal = (
    what: string,
    [target, others]: readonly [string, readonly string[]],
    bounds: Pick<Goal, 'goal' | 'limit' | 'best'>,
  ): Goal => ({
    ...{ name: `${what}, ${how}`, unit: 'ratio', ...bounds },
    value: timeTo(target, others, quantity),
  });
  const best = LEAST_TO_BASELINE;
  return [
    goal('in process to the baseline', [API, ['baseline']], { goal: 1.1, limit: 1.3, best }),
    goal('in process to the faster of crun and runc', [API, PEERS], { goal: 0.12, limit: 0.15 }),
    goal('in process to bwrap', [API, ['bwrap']], { goal: 0.5 }),
    goal('from a warm pool to the baseline', [POOL, ['baseline']], { goal: 0.6 }),
    goal('from a warm pool to the faster of crun and runc', [POOL, PEERS], {
      ...{ goal: 0.12, limit: 0.15 },
    }),
    goal('veth and limits to neither', [`${API}-veth`, [`${API}-bare`]], { goal: 1.3, best }),
    goal('command to the faster of crun and runc', ['terrarium', PEERS], { goal: 0.5 }),
  ];
}

/** Of our own API, eight at once: the inverse of a time. */
function rate(what: string, others: readonly string[], bounds: Pick<Goal, 'goal' | 'best'>): Goal {
  const quantity = 'cycle.parallel';
  return {
    ...{ name: `eight at once, rate of ${what}`, unit: 'ratio', least: true, ...bounds },
    value(samples) {
      const fastest = samples.fastest(others, quantity);
      if (fastest === undefined) return undefined;
      return samples.ratio({ target: fastest, quantity }, { target: API, quantity })?.ratio;
    },
  };
}

function blocked(what: string, target: string, quantity: string): Goal {
  return {
    ...{ name: `main thread ${what}`, unit: 'µs', goal: 100 },
    value: (samples) => scaled(samples.estimate({ target, quantity }), 1e-3),
  };
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
  const at = (quantity: string, per: number) => (samples: Samples) =>
    scaled(samples.estimate({ target: API, quantity, x: MANY }), per) ?? short(samples);
  const sum = (all: readonly number[]) => all.reduce((total, value) => total + value, 0);
  return [
    besideWorkload('user', 'KiB', 16, KIB),
    besideWorkload('kernel', 'MiB', 0.6, MIB),
    {
      ...{ name: '1,000 containers alive, eight starts at a time, in', unit: 's', goal: 3 },
      value: at('density.filled', 1e-9),
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
      ...{ unit: '', goal: MANY, least: true },
      value: at('density.answered', 1),
    },
  ];
}

/** What keeps a container alive: the memory of its workload on bare metal is taken off. */
function besideWorkload(kind: 'user' | 'kernel', unit: string, goal: number, per: number): Goal {
  return {
    name: `${kind} memory of one more container beside its workload, at 100`,
    ...{ unit, goal },
    value(samples) {
      const of = (target: string) =>
        samples.estimate({ target, quantity: `memory.${kind}`, x: 100 })?.median;
      const [ours, bare] = [of(API), of('bare')];
      return ours === undefined || bare === undefined
        ? 'a hundred at once were not reached by both Terrarium and bare metal'
        : estimate([[(ours - bare) / per]]);
    },
  };
}

function scaled(value: Estimate | undefined, factor: number): Estimate | undefined {
  if (value === undefined) return undefined;
  const { samples, ...spread } = value;
  const { median, low, high, min, max } = spread;
  return {
    ...{ median: median * factor, low: low * factor, high: high * factor },
    ...{ min: min * factor, max: max * factor, samples },
  };
}
