// From records to what is said of each target: estimates, ratios to bare metal, and which of them
// may be claimed. Pure.
import type * as records from '../samples/records.ts';
import type { AnyRecord, GoalRecord, TargetRecord } from '../samples/records.ts';
import { Samples, type Which } from '../samples/samples.ts';
import { type Estimate, estimate } from '../samples/statistics.ts';
import { goalsOf } from './goals.ts';
import { QUANTITIES, type Quantity } from './quantities.ts';

/** Fewer rounds than this are a first look: no difference is claimed from them. */
const ROUNDS_TO_CLAIM = 3;
/** Memory is compared with at most this many alive: beyond it, other processes' noise adds up. */
const MOST_TO_COMPARE = 100;

/**
 * `more` and `less`: the interval of the ratio lies beyond 1, and beyond how far two equal things
 * were apart.
 */
export type Claim = 'more' | 'less' | 'no difference shown' | 'too few rounds';

export interface Measured {
  readonly quantity: Quantity;
  readonly x: number | undefined;
  readonly value: Estimate;
  readonly toBare: Estimate | undefined;
  readonly claim: Claim | undefined;
}

export interface TargetSummary extends Omit<TargetRecord, 'kind' | 'status'> {
  readonly status: 'measured' | 'missing' | 'failed';
  /** Its title and version, and emulation wherever the target is named. */
  readonly label: string;
  readonly failures: readonly records.FailureRecord[];
  readonly facts: records.FactsRecord | undefined;
  readonly reached: readonly records.ReachedRecord[];
  readonly measures: readonly Measured[];
}

export interface Analysis {
  readonly run: records.RunRecord;
  readonly end: records.EndRecord | undefined;
  readonly targets: readonly TargetSummary[];
  readonly goals: readonly GoalRecord[];
  readonly stages: readonly records.StagesRecord[];
  readonly took: readonly records.TookRecord[];
  readonly samples: Samples;
}

/** @throws Error when there is no record of the run itself. */
export function analyse(all: readonly AnyRecord[]): Analysis {
  const run = all.find((record) => record.kind === 'run');
  if (run === undefined)
    throw new Error('these records have no beginning: the line of kind "run" is missing');
  const samples = new Samples(all);
  // A target has one record for life cycles and one for the rest: a failed one counts.
  const named = new Map<string, TargetRecord>();
  for (const record of all)
    if (record.kind === 'target' && (named.get(record.name)?.status ?? 'ready') === 'ready')
      named.set(record.name, record);
  return {
    ...{ run, samples },
    targets: [...named.values()]
      .map((record) => summarise(record, all, samples))
      .sort((a, b) => Number(b.family === 'bare') - Number(a.family === 'bare')),
    end: all.find((record) => record.kind === 'end'),
    goals: goalsOf(all, run, samples),
    stages: all.filter((record) => record.kind === 'stages'),
    took: all.filter((record) => record.kind === 'took'),
  };
}

function summarise(
  { kind: _, status: said, ...target }: TargetRecord,
  all: readonly AnyRecord[],
  samples: Samples,
): TargetSummary {
  const { name, why = '', version } = target;
  const isMine = (one: { readonly target: string }) => one.target === name;
  const found = QUANTITIES.flatMap((quantity) => measured(samples, name, quantity) ?? []);
  const measures = found.filter(isPossible);
  const failures = [
    ...all.filter((one) => one.kind === 'failure').filter(isMine),
    ...found.filter((one) => !isPossible(one)).map((one) => refusal(name, one)),
  ];
  const label = [target.title, version, target.emulated && '(TCG emulation)'].filter(Boolean);
  const summary = {
    ...{ ...target, measures, label: label.join(' ') },
    facts: all.filter((one) => one.kind === 'facts').find(isMine),
    reached: all.filter((one) => one.kind === 'reached').filter(isMine),
  };
  const [first] = failures;
  if (measures.length === 0 && said !== 'ready') return { ...summary, failures, status: said };
  if (measures.length === 0 && first !== undefined)
    return { ...summary, failures, status: 'failed', why: first.reason };
  if (said !== 'ready')
    failures.push({ kind: 'failure', target: name, measure: 'opening', reason: why });
  return { ...summary, failures, status: 'measured' };
}

/** Kernel memory is the whole machine's: a negative difference means that others freed some. */
const isPossible = ({ value }: Measured) => value.median > 0;

function refusal(target: string, { quantity, value }: Measured): records.FailureRecord {
  const { title, unit, per, measure } = quantity;
  const figure = `${(value.median / per).toFixed(2)} ${unit}`;
  const reason = `${title}: ${figure} cannot be, others used the machine; measure again`;
  return { kind: 'failure', target, measure, reason };
}

function measured(samples: Samples, target: string, quantity: Quantity): Measured | undefined {
  const mine = whichOf(samples, target, quantity);
  const rounds = samples.rounds(mine);
  if (rounds.length === 0 || (quantity.at !== undefined && mine.x === undefined)) return undefined;
  const isCompared = target !== 'bare' && quantity.absolute !== true;
  const found = isCompared ? compare(samples, mine, 'bare', quantity) : undefined;
  const value = estimate(rounds);
  return { quantity, x: mine.x, value, toBare: found?.ratio, claim: found?.claim };
}

/** The ratio of two targets in one quantity, with what may be said of it. */
export function between(samples: Samples, one: string, other: string, key: string) {
  const quantity = QUANTITIES.find((known) => known.key === key);
  return quantity && compare(samples, whichOf(samples, one, quantity), other, quantity);
}

function compare(samples: Samples, one: Which, other: string, quantity: Quantity) {
  const of = (target: string) => whichOf(samples, target, quantity);
  const found = samples.ratio(one, of(other));
  // Where one of the two cannot be, neither can their ratio.
  if (found === undefined || found.ratio.median <= 0) return undefined;
  const noise = samples.ratio(of('bare-again'), of('bare'))?.ratio;
  return { ratio: found.ratio, claim: claimOf(found.ratio, noise, found.rounds) };
}

/** What may be said of a ratio to bare metal, with `noise`, the ratio of bare metal to itself. */
export function claimOf(ratio: Estimate, noise: Estimate | undefined, rounds: number): Claim {
  if (rounds < ROUNDS_TO_CLAIM) return 'too few rounds';
  const margin = noise === undefined ? 0 : Math.max(0, noise.high - 1, 1 - noise.low);
  if (ratio.low > 1 && ratio.median > 1 + margin) return 'more';
  if (ratio.high < 1 && ratio.median < 1 / (1 + margin)) return 'less';
  return 'no difference shown';
}

/**
 * Latency under the same number of connections for all; memory where most were alive, among the
 * numbers that most rounds reached.
 */
function whichOf(samples: Samples, target: string, { key: quantity, at }: Quantity): Which {
  if (at !== 'most') return { target, quantity, x: at };
  const reached = samples
    .xs(target, quantity)
    .filter((x) => x <= MOST_TO_COMPARE)
    .map((x) => ({ x, rounds: samples.rounds({ target, quantity, x }).length }));
  const most = Math.max(...reached.map(({ rounds }) => rounds));
  return { target, quantity, x: reached.filter(({ rounds }) => rounds === most).at(-1)?.x };
}
