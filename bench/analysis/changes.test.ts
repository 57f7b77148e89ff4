import { describe, expect, test } from 'vitest';
import { changesSince, machineDiffers } from './changes.ts';
import { type Baseline, parseBaseline } from './summary.ts';

const HOST = { kernel: '6.1.0', processor: 'one', processors: 2 };

function result(value: number, width = 0.02, least = false): Baseline {
  const spread = { median: value, low: value * (1 - width), high: value * (1 + width) };
  return {
    ...{ version: 1, startedAt: '', host: HOST },
    targets: [
      {
        name: 'terrarium',
        measures: [{ quantity: 'start.warm', title: 'first line', better: 'less', toBare: spread }],
      },
    ],
    goals: [{ name: 'a goal', least, met: true, value, low: spread.low, high: spread.high }],
  };
}

describe('changesSince', () => {
  test('worse beyond both intervals and the margin is said of goals and of our ratios', () => {
    expect(changesSince(result(1), result(1.5)).map(({ what, worse }) => [what, worse])).toEqual([
      ['a goal', true],
      ['terrarium: first line, to bare metal', true],
    ]);
    expect(changesSince(result(1), result(0.5)).every(({ worse }) => !worse)).toBe(true);
  });

  test('noise is not: overlapping intervals, or a few percent', () => {
    expect(changesSince(result(1, 0.3), result(1.5, 0.3))).toEqual([]);
    expect(changesSince(result(1, 0.001), result(1.05, 0.001))).toEqual([]);
  });

  test('a rate that fell is worse', () => {
    expect(changesSince(result(4, 0.02, true), result(3, 0.02, true))[0]).toMatchObject({
      what: 'a goal',
      worse: true,
    });
  });

  test('peers are not judged', () => {
    const peer = (value: number): Baseline => ({
      ...result(value),
      goals: [],
      targets: result(value).targets.map((one) => ({ ...one, name: 'runc' })),
    });
    expect(changesSince(peer(1), peer(9))).toEqual([]);
  });

  test('something left behind where nothing was is worse', () => {
    const left = (value: number): Baseline => ({
      ...result(1),
      targets: [],
      goals: [{ name: 'left', least: false, met: value === 0, value }],
    });
    expect(changesSince(left(0), left(2))).toMatchObject([
      { what: 'left', was: 0, is: 2, worse: true },
    ]);
  });

  test('a goal that can no longer be measured is worse', () => {
    const now: Baseline = { ...result(1), goals: [{ name: 'a goal', least: false, met: false }] };
    expect(changesSince(result(1), now)).toMatchObject([
      { what: 'a goal: no longer measured', worse: true },
    ]);
  });

  test('a quick run does not measure all goals, and so none of them is worse', () => {
    const goals = [{ name: 'a goal', least: false, met: false }];
    expect(changesSince(result(1), { ...result(1), quick: true, goals })).toEqual([]);
  });
});

test('another machine is named', () => {
  expect(machineDiffers(result(1), result(1))).toBeUndefined();
  expect(machineDiffers(result(1), { ...result(1), host: { ...HOST, processors: 8 } })).toContain(
    'processors 2, now 8',
  );
});

describe('parseBaseline', () => {
  test('takes what a run writes, with whatever else is in it', () => {
    expect(parseBaseline(JSON.stringify({ ...result(1), more: 1 }), 'x.json').goals).toHaveLength(
      1,
    );
  });

  test.each([
    ['{', 'not JSON'],
    ['{}', 'no bench.json of this version'],
    [JSON.stringify({ ...result(1), goals: [{}] }), 'goals.0.name'],
  ])('%s is refused, with the file and the place', (text, words) => {
    expect(() => parseBaseline(text, 'x.json')).toThrow(/^x\.json: /);
    expect(() => parseBaseline(text, 'x.json')).toThrow(words);
  });
});
