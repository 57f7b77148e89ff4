// From records to what is said of each target: estimates, ratios to bare metal, and which of them
// may be claimed. Pure.
import type {
  AnyRecord,
  EndRecord,
  FactsRecord,
  FailureRecord,
  GoalRecord,
  ReachedRecord,
  RunRecord,
  StagesRecord,
  TargetRecord,
  TookRecord,
} from '../samples/records.ts';
import { Samples } from '../samples/samples.ts';
import { type Estimate, estimate } from '../samples/statistics.ts';
import { crowdGoals } from './density-goals.ts';
import { QUANTITIES, type Quantity } from './quantities.ts';

/** Fewer rounds than this are a first look: no difference is claimed from them. */
const ROUNDS_TO_CLAIM = 3;
/** Memory is compared at most here: beyond it, what others do on the machine adds up. */
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
  /** Its title, with what it has to be read with: emulation is named wherever the target is. */
  readonly label: string;
  readonly failures: readonly FailureRecord[];
  readonly facts: FactsRecord | undefined;
  readonly reached: readonly ReachedRecord[];
  readonly measures: readonly Measured[];
}

export interface Analysis {
  readonly run: RunRecord;
  readonly end: EndRecord | undefined;
  readonly targets: readonly TargetSummary[];
  readonly goals: readonly GoalRecord[];
  readonly stages: readonly StagesRecord[];
  readonly took: readonly TookRecord[];
  readonly samples: Samples;
}

/** @throws Error when there is no record of the run itself. */
export function analyse(records: readonly AnyRecord[]): Analysis {
  const run = records.find((record) => record.kind === 'run');
  if (run === undefined)
    throw new Error('these records have no beginning: the line of kind "run" is missing');
  const samples = new Samples(records);
  const targets = records
    .filter((record) => record.kind === 'target')
    .map((target) => summarise(target, records, samples));
  return {
    ...{ run, samples, targets },
    end: records.find((record) => record.kind === 'end'),
    goals: [...records.filter((record) => record.kind === 'goal'), ...crowdGoals(samples)],
    stages: records.filter((record) => record.kind === 'stages'),
    took: records.filter((record) => record.kind === 'took'),
  };
}

function summarise(
  { kind: _, status, ...target }: TargetRecord,
  records: readonly AnyRecord[],
  samples: Samples,
): TargetSummary {
  const isMine = (record: { readonly target: string }) => record.target === target.name;
  const failures = records.filter((record) => record.kind === 'failure').filter(isMine);
  const measures = QUANTITIES.flatMap((quantity) => measured(samples, target.name, quantity) ?? []);
  const ready = measures.length === 0 && failures.length > 0 ? 'failed' : 'measured';
  const [failure] = failures;
  return {
    ...target,
    ...(ready === 'failed' && failure !== undefined ? { why: failure.reason } : {}),
    status: status === 'ready' ? ready : status,
    label: target.emulated ? `${target.title} (TCG emulation)` : target.title,
    failures,
    facts: records.filter((record) => record.kind === 'facts').find(isMine),
    reached: records.filter((record) => record.kind === 'reached').filter(isMine),
    measures,
  };
}

function measured(samples: Samples, target: string, quantity: Quantity): Measured | undefined {
  const at = (name: string) => ({
    target: name,
    quantity: quantity.key,
    x: placeOf(samples, name, quantity),
  });
  const mine = at(target);
  const rounds = samples.rounds(mine);
  if (rounds.length === 0 || (quantity.at !== undefined && mine.x === undefined)) return undefined;
  const compared =
    target === 'bare' || quantity.absolute ? undefined : samples.ratio(mine, at('bare'));
  const noise = samples.ratio(at('bare-again'), at('bare'))?.ratio;
  return {
    ...{ quantity, x: mine.x, value: estimate(rounds) },
    toBare: compared?.ratio,
    claim: compared && claimOf(compared.ratio, noise, compared.rounds),
  };
}

/** The ratio of two targets in one quantity, with what may be said of it. */
export function between(
  samples: Samples,
  one: string,
  other: string,
  key: string,
): { ratio: Estimate; claim: Claim } | undefined {
  const quantity = QUANTITIES.find((known) => known.key === key);
  if (quantity === undefined) return undefined;
  const at = (name: string) => ({
    target: name,
    quantity: key,
    x: placeOf(samples, name, quantity),
  });
  const found = samples.ratio(at(one), at(other));
  if (found === undefined) return undefined;
  const noise = samples.ratio(at('bare-again'), at('bare'))?.ratio;
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
 * Latency under the same number of connections for all; memory where most were alive among the
 * places that most rounds reached.
 */
function placeOf(samples: Samples, target: string, { key, at }: Quantity): number | undefined {
  if (at === undefined) return undefined;
  const xs = samples.xs(target, key);
  if (at !== 'most') return xs.find((x) => x === at);
  const often = xs
    .filter((x) => x <= MOST_TO_COMPARE)
    .map((x) => ({ x, rounds: samples.rounds({ target, quantity: key, x }).length }));
  const most = Math.max(...often.map(({ rounds }) => rounds));
  return often.filter(({ rounds }) => rounds === most).at(-1)?.x;
}
