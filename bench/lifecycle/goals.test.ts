import { describe, expect, test } from 'vitest';
import { GOALS, judge, type Verdict } from './goals.ts';
import type { Taken } from './rounds.ts';
import { Series } from './series.ts';
import type { PaceName, Sample } from './target.ts';

/** Four rounds of three equal samples. */
function steady(target: string, pace: PaceName, sample: Sample): Taken[] {
  return [0, 1, 2, 3].flatMap((round) => [1, 2, 3].map(() => ({ ...sample, target, pace, round })));
}

function verdictOf(taken: readonly Taken[], name: string): Verdict | undefined {
  return judge(new Series(taken)).find((verdict) => verdict.name === name);
}

describe('judge', () => {
  const floor = steady('floor', 'tight', { ns: 1_000_000 });
  const toFloor = 'in process to the floor, back to back';

  test.each([
    [1_090_000, 'met'],
    [1_290_000, 'within limit'],
    [1_310_000, 'missed'],
  ])('a life cycle of %i ns on a floor of 1 ms: %s', (ns, expected) => {
    expect(verdictOf([...floor, ...steady('api', 'tight', { ns })], toFloor)?.verdict).toBe(
      expected,
    );
  });

  test('what was not measured is said to be so, never met', () => {
    expect(judge(new Series([])).map(({ verdict }) => verdict)).toEqual(
      GOALS.map(() => 'not measured'),
    );
    expect(verdictOf(floor, toFloor)?.verdict).toBe('not measured');
  });

  test('peers: the faster one of this run counts', () => {
    const api = steady('api', 'spaced', { ns: 1_000_000 });
    const peers = [
      ...steady('crun', 'spaced', { ns: 20_000_000 }),
      ...steady('runc', 'spaced', { ns: 5_000_000 }),
    ];
    const verdict = verdictOf(
      [...api, ...peers],
      'in process to the faster of crun and runc, 30 ms apart',
    );
    expect(verdict?.value?.median).toBeCloseTo(0.2);
    expect(verdict?.verdict).toBe('missed');
  });

  test('a rate is the inverse of a time, and more is better', () => {
    const api = steady('api', 'crowd', { ns: 1_000_000 });
    const name = 'eight at once, rate of crun';
    expect(verdictOf([...api, ...steady('crun', 'crowd', { ns: 4_100_000 })], name)?.verdict).toBe(
      'met',
    );
    expect(verdictOf([...api, ...steady('crun', 'crowd', { ns: 3_900_000 })], name)?.verdict).toBe(
      'missed',
    );
  });

  test('the main thread is judged in microseconds', () => {
    const taken = steady('api', 'tight', { ns: 2_000_000, busyNs: 90_000 });
    expect(verdictOf(taken, 'main thread busy per start, in all')).toMatchObject({
      verdict: 'met',
      unit: 'us',
      value: { median: 90 },
    });
  });
});

describe('Series.steps', () => {
  test('keeps the order of the plan and counts what is between the steps', () => {
    const steps = [
      { index: 0, phase: 'host', kind: 'mkcgroup', ns: 100 },
      { index: 1, phase: 'spawn', kind: 'clone3', ns: 300 },
    ];
    const summary = new Series(steady('api', 'tight', { ns: 1000, steps })).steps('api', 'tight');
    expect(summary.map(({ kind, ns, share }) => [kind, ns, share])).toEqual([
      ['mkcgroup', 100, 0.1],
      ['clone3', 300, 0.3],
      ['workload and waiting', 600, 0.6],
    ]);
  });
});
