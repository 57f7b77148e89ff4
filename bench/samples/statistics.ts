// Medians and their uncertainty. Samples come in rounds, and rounds are what varies on a shared
// machine: so rounds are resampled.

/**
 * What is known about one quantity: the median, its 95 % bootstrap interval, the extremes, the
 * number of samples.
 */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
}

/**
 * The samples of one series, one array per round; rounds of two series at the same index were
 * measured side by side.
 */
export type Rounds = readonly (readonly number[])[];

/** Uniform in [0, 1). */
export type Random = () => number;

/** A seeded generator (mulberry32): the same samples give the same interval, run after run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The middle value, or the mean of the two in the middle. NaN for no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which `q` (0 to 1) of the values lie, with linear interpolation between
 * neighbours. NaN for no values.
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * The median of all samples, with the 95 % percentile interval of a bootstrap over rounds, and over
 * samples within a round.
 */
export function estimate(rounds: Rounds, random: Random = seededRandom(1)): Estimate {
  const all = rounds.flat();
  const interval = bootstrap(rounds, [], random);
  const [min, max] = [Math.min(...all), Math.max(...all)];
  return { median: median(all), ...interval, min, max, samples: all.length };
}

/**
 * The ratio of two medians. The same rounds are drawn for both, so that what slowed a whole round
 * (another job on the machine) cancels out. `min` and `max` are those of the ratios of the single
 * rounds.
 */
export function estimateRatio(numerator: Rounds, denominator: Rounds): Estimate {
  const count = Math.min(numerator.length, denominator.length);
  const [above, below] = [numerator.flat(), denominator.flat()];
  const single = Array.from(
    { length: count },
    (_, round) => median(numerator[round] ?? []) / median(denominator[round] ?? []),
  );
  return {
    median: median(above) / median(below),
    ...bootstrap(numerator.slice(0, count), denominator, seededRandom(1)),
    ...{ min: Math.min(...single), max: Math.max(...single) },
    samples: Math.min(above.length, below.length),
  };
}

/** The interval of a median, or of its ratio to that of a second series, if there is one. */
function bootstrap(rounds: Rounds, second: Rounds, random: Random): { low: number; high: number } {
  const samples = rounds.flat().length + second.flat().length;
  // Fewer of many: their medians are close to each other, and sorting them takes seconds.
  const resampled = Array.from({ length: samples > 300 ? 200 : 1000 }, () => {
    const chosen = rounds.map(() => Math.floor(random() * rounds.length));
    const of = (series: Rounds) => median(resample(series, chosen, random));
    return second.length === 0 ? of(rounds) : of(rounds) / of(second);
  });
  return { low: quantile(resampled, 0.025), high: quantile(resampled, 0.975) };
}

function resample(rounds: Rounds, chosen: readonly number[], random: Random): number[] {
  return chosen.flatMap((index) => {
    const round = rounds[index] ?? [];
    return round.map(() => round[Math.floor(random() * round.length)] ?? Number.NaN);
  });
}
