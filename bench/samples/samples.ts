// The samples of a run, found by target, quantity and what they were measured against. Pure.
import type { AnyRecord, SampleRecord } from './records.ts';
import { type Estimate, estimate, estimateRatio, median, type Rounds } from './statistics.ts';

export interface Saturation {
  /** Connections with the largest throughput. */
  readonly peak: number;
  /** The fewest connections that come within five percent of it. */
  readonly knee: number;
  readonly rate: number;
}

export interface Which {
  readonly target: string;
  readonly quantity: string;
  readonly x?: number | undefined;
}

export class Samples {
  readonly #by: Map<string, SampleRecord[]>;

  constructor(records: readonly AnyRecord[]) {
    const samples = records.filter((record) => record.kind === 'sample');
    this.#by = Map.groupBy(samples, ({ target, quantity }) => `${target} ${quantity}`);
  }

  /** A target's quantities that begin with a prefix, and what follows it. */
  named(target: string, prefix: string): { quantity: string; name: string }[] {
    const begin = `${target} ${prefix}`;
    const keys = [...this.#by.keys()].filter((key) => key.startsWith(begin));
    return keys
      .map((key) => key.slice(begin.length))
      .map((name) => ({ quantity: `${prefix}${name}`, name }));
  }

  all(target: string, quantity: string): readonly SampleRecord[] {
    return this.#by.get(`${target} ${quantity}`) ?? [];
  }

  /** Values of the first round, which goes furthest, in order. */
  firstRound(target: string, quantity: string): readonly SampleRecord[] {
    return this.all(target, quantity).filter(({ round }) => round === 0);
  }

  /** Values by round number. */
  #rounds({ target, quantity, x }: Which): Map<number, number[]> {
    const mine = this.all(target, quantity).filter((sample) => x === undefined || sample.x === x);
    const rounds = Map.groupBy(mine, ({ round }) => round);
    return new Map([...rounds].map(([round, all]) => [round, all.map(({ value }) => value)]));
  }

  rounds(which: Which): Rounds {
    return [...this.#rounds(which).values()];
  }

  estimate(which: Which): Estimate | undefined {
    const rounds = this.rounds(which);
    return rounds.length === 0 ? undefined : estimate(rounds);
  }

  /** Over the rounds that both were measured in; undefined without one, or if it is not finite. */
  ratio(above: Which, below: Which): { ratio: Estimate; rounds: number } | undefined {
    const [over, under] = [this.#rounds(above), this.#rounds(below)];
    const common = [...over.keys()].filter((round) => under.has(round));
    if (common.length === 0) return undefined;
    const of = (rounds: Map<number, number[]>) => common.map((round) => rounds.get(round) ?? []);
    const ratio = estimateRatio(of(over), of(under));
    const finite = [ratio.low, ratio.median, ratio.high].every(Number.isFinite);
    return finite ? { ratio, rounds: common.length } : undefined;
  }

  /** The target with the smallest median among those that were measured. */
  fastest(targets: readonly string[], quantity: string): string | undefined {
    const middle = (target: string) => median(this.rounds({ target, quantity }).flat());
    const measured = targets.filter((target) => !Number.isNaN(middle(target)));
    return measured.sort((a, b) => middle(a) - middle(b))[0];
  }

  /** What it was measured against, in ascending order. */
  xs(target: string, quantity: string): number[] {
    const all = new Set(this.all(target, quantity).flatMap(({ x }) => x ?? []));
    return [...all].sort((a, b) => a - b);
  }

  saturation(target: string): Saturation | undefined {
    const quantity = 'http.rate';
    const points = this.xs(target, quantity).map((x) => ({
      ...{ x, rate: this.estimate({ target, quantity, x })?.median ?? 0 },
    }));
    const best = points.toSorted((a, b) => b.rate - a.rate)[0];
    if (best === undefined) return undefined;
    const knee = points.find(({ rate }) => rate >= 0.95 * best.rate)?.x ?? best.x;
    return { peak: best.x, rate: best.rate, knee };
  }
}
