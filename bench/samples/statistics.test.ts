import { describe, expect, test } from 'vitest';
import { estimate, estimateRatio, median, quantile, seededRandom } from './statistics.ts';

describe('median and quantile', () => {
  test('take the middle, whatever the order', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9, 100])).toBe(10);
  });

  test('interpolate between neighbours', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5);
  });

  test('of nothing are not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('seededRandom', () => {
  test('repeats itself for a seed, differs between seeds, and fills [0, 1) evenly', () => {
    const draw = (seed: number) => Array.from({ length: 10_000 }, seededRandom(seed));
    const first = draw(7);
    expect(draw(7)).toEqual(first);
    expect(draw(8)).not.toEqual(first);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1);
    expect(first.reduce((sum, value) => sum + value) / first.length).toBeCloseTo(0.5, 1);
  });
});

function noisy(center: number, rounds: number, each: number, seed: number): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, () =>
    Array.from({ length: each }, () => center + random() - 0.5),
  );
}

describe('estimate', () => {
  test('has its median inside its interval, inside its extremes', () => {
    const result = estimate(noisy(10, 8, 20, 3));
    expect(result.samples).toBe(160);
    expect(result.min).toBeLessThan(result.low);
    expect(result.low).toBeLessThanOrEqual(result.median);
    expect(result.median).toBeLessThanOrEqual(result.high);
    expect(result.high).toBeLessThan(result.max);
  });

  test('is narrower with more samples', () => {
    const width = (each: number) => {
      const { low, high } = estimate(noisy(10, 10, each, 5));
      return high - low;
    };
    expect(width(100)).toBeLessThan(width(5));
  });

  test('is wide when rounds differ, though each is steady', () => {
    const steady = estimate(Array.from({ length: 8 }, () => [10, 10, 10]));
    const shifting = estimate(Array.from({ length: 8 }, (_, round) => [round, round, round]));
    expect(steady.high - steady.low).toBe(0);
    expect(shifting.high - shifting.low).toBeGreaterThan(2);
  });

  test('covers the true median about 95 times in 100', () => {
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { low, high } = estimate(noisy(10, 10, 5, 1000 + seed), seededRandom(seed));
      if (low <= 10 && 10 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
  });
});

describe('estimateRatio', () => {
  test('cancels what slows a whole round', () => {
    const load = [1, 3, 1, 5, 1, 2, 1, 4];
    const slow = load.map((factor) => [2, 2.02, 1.98].map((value) => value * factor));
    const fast = load.map((factor) => [1, 1.01, 0.99].map((value) => value * factor));
    const ratio = estimateRatio(slow, fast);
    expect(ratio.median).toBeCloseTo(2, 1);
    expect(ratio.high - ratio.low).toBeLessThan(0.2);
    expect(ratio.min).toBeCloseTo(2, 5);
  });

  test('of a series to itself is 1', () => {
    const rounds = noisy(10, 8, 10, 9);
    const ratio = estimateRatio(rounds, rounds);
    expect(ratio.median).toBe(1);
    expect(ratio.low).toBeLessThanOrEqual(1);
    expect(ratio.high).toBeGreaterThanOrEqual(1);
  });
});
