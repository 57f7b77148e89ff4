// The samples of a run, to be asked by target, quantity and what they were measured against. Pure.
import type { AnyRecord, SampleRecord } from './records.ts';
import { type Estimate, estimate, estimateRatio, type Rounds } from './statistics.ts';

export interface Saturation {
  /**
   * Connections with the largest throughput, and the fewest that come within five percent of it:
   * the knee.
   */
  readonly peak: number;
  readonly knee: number;
  readonly rate: number;
}

export interface Which {
  readonly target: string;
  readonly quantity: string;
  readonly x?: number | undefined;
}

export class Samples {
  readonly #by = new Map<string, SampleRecord[]>();

  constructor(records: readonly AnyRecord[]) {
    for (const record of records) {
      if (record.kind !== 'sample') continue;
      const key = `${record.target} ${record.quantity}`;
      const list = this.#by.get(key);
      if (list === undefined) this.#by.set(key, [record]);
      else list.push(record);
    }
  }

  /** Names of a target's quantities that begin so. */
  quantities(target: string, beginning: string): string[] {
    const all = [...this.#by.keys()].filter((key) => key.startsWith(`${target} ${beginning}`));
    return all.map((key) => key.slice(target.length + 1));
  }

  all(target: string, quantity: string): readonly SampleRecord[] {
    return this.#by.get(`${target} ${quantity}`) ?? [];
  }

  /** Values by round number. */
  #rounds({ target, quantity, x }: Which): Map<number, number[]> {
    const mine = this.all(target, quantity).filter((sample) => x === undefined || sample.x === x);
    const rounds = Map.groupBy(mine, ({ round }) => round);
    return new Map(
      [...rounds].map(([round, samples]) => [round, samples.map(({ value }) => value)]),
    );
  }

  rounds(which: Which): Rounds {
    return [...this.#rounds(which).values()];
  }

  estimate(which: Which): Estimate | undefined {
    const rounds = this.rounds(which);
    return rounds.length === 0 ? undefined : estimate(rounds);
  }

  /**
   * Over the rounds in which both were measured; undefined when there is none, or nothing to divide
   * by.
   */
  ratio(
    above: Which,
    below: Which,
  ): { readonly ratio: Estimate; readonly rounds: number } | undefined {
    const [over, under] = [this.#rounds(above), this.#rounds(below)];
    const common = [...over.keys()].filter((round) => under.has(round));
    const of = (rounds: Map<number, number[]>) => common.map((round) => rounds.get(round) ?? []);
    if (common.length === 0) return undefined;
    const ratio = estimateRatio(of(over), of(under));
    return Number.isFinite(ratio.median) &&
      Number.isFinite(ratio.low) &&
      Number.isFinite(ratio.high)
      ? { ratio, rounds: common.length }
      : undefined;
  }

  /** What it was measured against, in ascending order. */
  xs(target: string, quantity: string): number[] {
    return [...new Set(this.all(target, quantity).flatMap(({ x }) => x ?? []))].sort(
      (a, b) => a - b,
    );
  }

  saturation(target: string): Saturation | undefined {
    const points = this.xs(target, 'http.rate').map((x) => ({
      x,
      rate: this.estimate({ target, quantity: 'http.rate', x })?.median ?? 0,
    }));
    const [first, ...others] = points;
    if (first === undefined) return undefined;
    const best = others.reduce((most, point) => (point.rate > most.rate ? point : most), first);
    return {
      peak: best.x,
      rate: best.rate,
      knee: points.find(({ rate }) => rate >= 0.95 * best.rate)?.x ?? best.x,
    };
  }
}
