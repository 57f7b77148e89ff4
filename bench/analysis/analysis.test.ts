// Claims are made from intervals alone: what the samples do not show is not said.
import { describe, expect, test } from 'vitest';
import { ofAllTargets, RUN } from '../page/sample.fixture.ts';
import type { AnyRecord } from '../samples/records.ts';
import { seededRandom } from '../samples/statistics.ts';
import { type Analysis, analyse, between, claimOf, type Measured } from './analysis.ts';

function target(name: string, more: object = {}): AnyRecord {
  return {
    kind: 'target',
    name,
    title: name.toUpperCase(),
    family: 'container',
    note: '',
    status: 'ready',
    ...more,
  };
}

/** Ten rounds of three samples around a centre, within ±5 %. */
function around(
  name: string,
  center: number,
  seed: number,
  quantity = 'start.warm',
  rounds = 10,
): AnyRecord[] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds * 3 }, (_, index) => ({
    ...({
      kind: 'sample',
      target: name,
      quantity,
      round: Math.floor(index / 3),
      value: center * (0.95 + random() / 10),
    } as const),
  }));
}

function find(analysis: Analysis, name: string, key = 'start.warm'): Measured | undefined {
  return analysis.targets
    .find((one) => one.name === name)
    ?.measures.find(({ quantity }) => quantity.key === key);
}

const BASE = [
  RUN,
  target('bare', { family: 'bare' }),
  target('bare-again', { family: 'control' }),
  ...around('bare', 1e6, 1),
];

describe('analyse', () => {
  test('a ratio to bare metal whose interval excludes 1 is claimed, in its direction', () => {
    const records = [
      ...BASE,
      ...around('bare-again', 1e6, 2),
      target('slow'),
      ...around('slow', 3e6, 3),
      target('fast'),
      ...around('fast', 5e5, 4),
    ];
    const analysis = analyse(records);
    const slow = find(analysis, 'slow');
    expect(slow?.toBare?.median).toBeCloseTo(3, 1);
    expect(slow?.toBare?.low).toBeGreaterThan(2.8);
    expect([slow?.claim, find(analysis, 'fast')?.claim]).toEqual(['more', 'less']);
    expect(find(analysis, 'bare')?.toBare).toBeUndefined();
  });

  test('equal things are not told apart', () => {
    const analysis = analyse([...BASE, target('same'), ...around('same', 1e6, 5)]);
    expect(find(analysis, 'same')?.claim).toBe('no difference shown');
  });

  test('what two equal things are apart in this run is noise for everybody', () => {
    const records = [...BASE, target('near'), ...around('near', 1.08e6, 6)];
    expect(find(analyse(records), 'near')?.claim).toBe('more');
    const noisy = analyse([...records, ...around('bare-again', 1.12e6, 7)]);
    expect(find(noisy, 'near')?.claim).toBe('no difference shown');
  });

  test('two rounds are a first look', () => {
    const records = [
      RUN,
      target('bare'),
      target('slow'),
      ...around('bare', 1e6, 1, 'start.warm', 2),
      ...around('slow', 3e6, 2, 'start.warm', 2),
    ];
    expect(find(analyse(records), 'slow')?.claim).toBe('too few rounds');
  });

  test('ratios are of rounds that both took part in', () => {
    const late = around('slow', 3e6, 3).filter(
      (record) => record.kind === 'sample' && record.round >= 5,
    );
    const trouble: AnyRecord[] = [0, 1, 2, 3, 4].map((round) => ({
      kind: 'sample',
      target: 'bare',
      quantity: 'start.warm',
      round,
      value: 1e8,
    }));
    const calm = around('bare', 1e6, 1).filter(
      (record) => record.kind === 'sample' && record.round >= 5,
    );
    const analysis = analyse([RUN, target('bare'), target('slow'), ...trouble, ...calm, ...late]);
    expect(find(analysis, 'slow')?.toBare?.median).toBeCloseTo(3, 0);
  });

  test('outliers stay in the extremes and do not move the median', () => {
    const outlier: AnyRecord = {
      kind: 'sample',
      target: 'bare',
      quantity: 'start.warm',
      round: 0,
      value: 1e9,
    };
    const value = find(analyse([...BASE, outlier]), 'bare')?.value;
    expect(value?.max).toBe(1e9);
    expect(value?.samples).toBe(31);
    expect(value?.median).toBeLessThan(1.05e6);
  });

  test('emulation is part of the name; a target that failed everywhere has failed, with its own words', () => {
    const failure: AnyRecord = {
      kind: 'failure',
      target: 'sick',
      measure: 'startup',
      reason: 'no first line within 10 s',
    };
    const { targets } = analyse([
      ...BASE,
      target('q35', { emulated: true }),
      target('sick'),
      failure,
      target('absent', { status: 'missing', why: 'x' }),
    ]);
    expect(targets.map(({ label, status, why }) => [label, status, why]).slice(2)).toEqual([
      ['Q35 (TCG emulation)', 'measured', undefined],
      ['SICK', 'failed', 'no first line within 10 s'],
      ['ABSENT', 'missing', 'x'],
    ]);
  });

  test('the version stands beside the name; life cycles and the rest are one target', () => {
    const runc = target('runc', { version: '1.1.5' });
    const { targets } = analyse([RUN, target('bare'), runc, runc, ...around('runc', 1e6, 1)]);
    expect(targets.map(({ label }) => label)).toEqual(['BARE', 'RUNC 1.1.5']);
  });

  test('memory below nothing cannot be: it is refused, with its reason', () => {
    const memory = (center: number) =>
      around('runc', center, 3, 'memory.kernel').map((record) => ({ ...record, x: 10 }));
    const of = (center: number) => analyse([...BASE, target('runc'), ...memory(center)]);
    const refused = of(-2e5);
    expect(find(refused, 'runc', 'memory.kernel')).toBeUndefined();
    expect(refused.targets.at(-1)?.failures).toMatchObject([
      { measure: 'memory', reason: expect.stringMatching(/-0\.\d+ MiB cannot be/) },
    ]);
    expect(find(of(2e5), 'runc', 'memory.kernel')?.value.median).toBeGreaterThan(0);
    const ofBare = around('bare', -1e5, 3, 'memory.kernel').map((one) => ({ ...one, x: 10 }));
    const beside = analyse([...BASE, target('runc'), ...memory(2e5), ...ofBare]);
    expect(find(beside, 'runc', 'memory.kernel')?.toBare).toBeUndefined();
  });

  test('a target that only its life cycles could be measured of has failed in the rest', () => {
    const failed = target('runc', { status: 'failed', why: 'no reason' });
    const { targets } = analyse([
      RUN,
      target('runc'),
      failed,
      ...around('runc', 1e6, 1, 'cycle.tight'),
    ]);
    expect(targets[0]?.status).toBe('measured');
    expect(targets[0]?.failures).toMatchObject([{ measure: 'opening', reason: 'no reason' }]);
  });

  test('records without a beginning are refused', () => {
    expect(() => analyse(around('bare', 1, 1))).toThrow('have no beginning');
  });
});

describe('claimOf', () => {
  const ratio = (low: number, median: number, high: number) => ({
    low,
    median,
    high,
    min: low,
    max: high,
    samples: 30,
  });
  test.each([
    [ratio(1.1, 1.2, 1.3), 3, 'more'],
    [ratio(0.7, 0.8, 0.9), 3, 'less'],
    [ratio(0.99, 1.2, 1.4), 3, 'no difference shown'],
    [ratio(0.6, 0.8, 1), 3, 'no difference shown'],
    [ratio(2, 3, 4), 2, 'too few rounds'],
  ] as const)('%o over %i rounds: %s', (value, rounds, claim) => {
    expect(claimOf(value, undefined, rounds)).toBe(claim);
  });
});

test('two are compared under the connections that all are compared under, and no others', () => {
  const rates = (x: number) => ofAllTargets('http.rate', 30_000, { terrarium: 0.5 }, x);
  const found = (...xs: readonly number[]) =>
    between(analyse([RUN, ...xs.flatMap(rates)]).samples, 'terrarium', 'bare', 'http.rate');
  expect(found(1, 4)).toBeUndefined();
  expect(found(1, 4, 32)).toMatchObject({ claim: 'less' });
});

describe('saturation', () => {
  test('the knee is the fewest connections within five percent of the most', () => {
    const rates = [
      [1, 10],
      [2, 19],
      [4, 28],
      [8, 29],
      [16, 29.2],
      [32, 28],
    ] as const;
    const records: AnyRecord[] = rates.map(([x, value]) => ({
      kind: 'sample',
      target: 'bare',
      quantity: 'http.rate',
      round: 0,
      x,
      value,
    }));
    expect(analyse([RUN, target('bare'), ...records]).samples.saturation('bare')).toEqual({
      peak: 16,
      knee: 4,
      rate: 29.2,
    });
  });
});
