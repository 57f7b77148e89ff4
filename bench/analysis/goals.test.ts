import { describe, expect, test } from 'vitest';
import { RUN } from '../page/sample.fixture.ts';
import { type AnyRecord, type GoalRecord, MORE_MOUNTS, MOUNTED } from '../samples/records.ts';
import { type Analysis, analyse } from './analysis.ts';
import { operationTimes, paceReports } from './lifecycle.ts';

/** Rounds of three equal samples. */
function steady(target: string, quantity: string, value: number, rounds = 4): AnyRecord[] {
  return Array.from({ length: rounds * 3 }, (_, index) => ({
    ...({ kind: 'sample', target, quantity, round: Math.floor(index / 3), value } as const),
  }));
}

function run(records: readonly AnyRecord[], quick = false): Analysis {
  return analyse([{ ...RUN, quick, measures: ['goals'] }, ...records]);
}

function goalOf(
  records: readonly AnyRecord[],
  name: string,
  quick = false,
): GoalRecord | undefined {
  return run(records, quick).goals.find((goal) => goal.name === name);
}

describe('goals', () => {
  const baseline = steady('baseline', 'cycle.tight', 1_000_000);
  const toBaseline = 'in process to the baseline, back to back';

  test.each([
    [1_090_000, 'met'],
    [1_190_000, 'within limit'],
    [1_210_000, 'missed'],
  ])('a life cycle of %i ns, where the baseline takes 1 ms: %s', (ns, verdict) => {
    const records = [...baseline, ...steady('terrarium-api', 'cycle.tight', ns)];
    expect(goalOf(records, toBaseline)).toMatchObject({ verdict, met: verdict === 'met' });
  });

  test('what was not measured is not measured: neither met nor missed', () => {
    const { goals } = run([]);
    expect(goals.length).toBeGreaterThan(15);
    expect(new Set(goals.map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
    expect(goalOf(baseline, toBaseline)?.verdict).toBe('not measured');
  });

  test('a quick run starts ten: what is promised of a thousand is not measured', () => {
    const starts = Array.from({ length: 10 }, (_, x) => ({
      ...({ kind: 'sample', target: 'terrarium-api', round: 0, x, value: 3e6 } as const),
      quantity: 'density.start',
    }));
    const all = run(starts, true).goals.filter(({ name }) => name.includes('1,000'));
    expect(all.map(({ verdict, why }) => [verdict, why])).toEqual(
      all.map(() => ['not measured', 'a quick run starts ten']),
    );
    expect(all.length).toBe(3);
  });

  test('peers: the fastest one of this run counts', () => {
    const records = [
      ...steady('terrarium-api', 'cycle.spaced', 1_000_000),
      ...steady('crun', 'cycle.spaced', 20_000_000),
      ...steady('runc-newest', 'cycle.spaced', 5_000_000),
    ];
    const goal = goalOf(records, 'in process to the faster of crun and runc, 30 ms apart');
    expect(goal).toMatchObject({ value: 0.2, verdict: 'missed' });
  });

  test('a rate is the inverse of a time, and more is better', () => {
    const api = steady('terrarium-api', 'cycle.parallel', 1_000_000);
    const name = 'eight at once, rate of crun';
    const to = (ns: number) => goalOf([...api, ...steady('crun', 'cycle.parallel', ns)], name);
    expect(to(4_100_000)?.verdict).toBe('met');
    expect(to(3_900_000)?.verdict).toBe('missed');
  });

  test("a verb of the command is compared with the faster crun's", () => {
    const records = [
      ...steady('terrarium', 'verb.list', 7_000_000),
      ...steady('crun', 'verb.list', 20_000_000),
      ...steady('crun-newest', 'verb.list', 8_000_000),
    ];
    const name = "terrarium list to crun's";
    expect(goalOf(records, name)).toMatchObject({ value: 0.875, verdict: 'missed' });
    expect(goalOf(records.slice(0, -12), name)?.verdict).toBe('met');
  });

  test('more mounts: what they add, to what they add to the baseline', () => {
    const name = `${MORE_MOUNTS} more mounts on the host lengthen a start, in process, to the baseline`;
    const at = (target: string, ns: number, x: number) =>
      steady(target, MOUNTED, ns).map((sample) => ({ ...sample, x }));
    const before = [...at('baseline', 3e6, 0), ...at('terrarium-api', 4e6, 0)];
    const of = (baseline: number, ours: number) =>
      goalOf(
        [
          ...before,
          ...at('baseline', baseline, MORE_MOUNTS),
          ...at('terrarium-api', ours, MORE_MOUNTS),
        ],
        name,
      );
    expect(of(7e6, 8.4e6)).toMatchObject({ value: 1.1, verdict: 'met' });
    expect(of(7e6, 9e6)?.verdict).toBe('missed');
    expect(of(3e6, 9e6)?.verdict).toBe('not measured');
    expect(goalOf(before, name)?.verdict).toBe('not measured');
  });

  test('a figure that cannot be is refused: twice the rate of its own system calls', () => {
    const name = 'eight at once, rate of the baseline';
    const of = (ns: number) =>
      goalOf(
        [
          ...steady('baseline', 'cycle.parallel', 1_000_000, 3),
          ...steady('terrarium-api', 'cycle.parallel', ns, 3),
        ],
        name,
        true,
      );
    const refused = of(500_000);
    expect(refused).toMatchObject({ verdict: 'refused', met: false });
    expect(refused?.value).toBeUndefined();
    expect(refused?.why).toContain('2.00 cannot be');
    expect(of(950_000)).toMatchObject({ verdict: 'met', met: true });
    const fast = [...baseline, ...steady('terrarium-api', 'cycle.tight', 500_000)];
    expect(goalOf(fast, toBaseline)?.verdict).toBe('refused');
    // A pool has done most of it before: half the time is possible there.
    const pool = [...baseline, ...steady('terrarium-api-pool', 'cycle.tight', 400_000)];
    expect(goalOf(pool, 'from a warm pool to the baseline, back to back')?.verdict).toBe('met');
  });

  test('the main thread is judged in microseconds', () => {
    const records = steady('terrarium-api', 'cycle.busy', 90_000);
    expect(goalOf(records, 'main thread busy per start, in all')).toMatchObject({
      ...{ verdict: 'met', unit: 'µs', value: 90 },
    });
  });
});

describe('life cycles', () => {
  test('a table for each pace, with ratios to the baseline and to the fastest peer', () => {
    const target = (name: string): AnyRecord => ({
      ...({ kind: 'target', name, title: name, family: 'container', note: '' } as const),
      status: 'ready',
    });
    const [report, ...others] = paceReports(
      run([
        ...[target('baseline'), target('runc'), target('crun')],
        ...steady('baseline', 'cycle.tight', 1e6),
        ...steady('runc', 'cycle.tight', 9e6),
        ...steady('crun', 'cycle.tight', 3e6),
      ]),
    );
    expect(others).toEqual([]);
    expect(report?.peer).toBe('crun');
    expect(
      report?.results.map(({ target: name, toBaseline, toPeer }) => [
        ...[name, toBaseline?.median, toPeer?.median],
      ]),
    ).toEqual([
      ['baseline', 1, 1 / 3],
      ['runc', 9, 3],
      ['crun', 3, 1],
    ]);
  });

  test('operations keep the order of the plan, and what is between them is counted', () => {
    const ours = (quantity: string, ns: number) => steady('terrarium-api', quantity, ns);
    const times = operationTimes(
      run([
        ...ours('cycle.tight', 1000),
        ...ours('cycle.operation.10 inside: mount', 300),
        ...ours('cycle.operation.2 host: mkcgroup', 100),
        ...ours('cycle.between', 600),
      ]),
    );
    expect(times.map(({ name, ns, share }) => [name, ns, share])).toEqual([
      ['host: mkcgroup', 100, 0.1],
      ['inside: mount', 300, 0.3],
      ['between: workload and waiting', 600, 0.6],
    ]);
  });
});
