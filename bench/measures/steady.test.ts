import { expect, test } from 'vitest';
import { line } from './steady.ts';

const points = (y: (x: number) => number) =>
  Array.from({ length: 60 }, (_, x): [number, number] => [x, y(x)]);

test('memory that grows is not flat, whatever it wavers by', () => {
  const { slope, low } = line(points((x) => 100 + 3 * x + (x % 2)));
  expect(slope).toBeCloseTo(3, 1);
  expect(low).toBeGreaterThan(0);
});

test('memory that wavers about one value is flat', () => {
  const { low, high } = line(points((x) => 100 + 5 * (x % 3)));
  expect([Math.sign(low), Math.sign(high)]).toEqual([-1, 1]);
});
