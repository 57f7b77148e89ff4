// What is said follows from the records: no comparison beyond them, and emulation is named wherever
// an emulated machine is.
import { describe, expect, test } from 'vitest';
import { type Analysis, analyse } from '../analysis/analysis.ts';
import { explainMany, explainMemory, trendOf } from './explain-density.ts';
import { explainLimits, explainProcessor, explainThroughput } from './explain-load.ts';
import { explainGlance, explainStages, explainStartup } from './explain-startup.ts';
import { ALL, TARGETS } from './sample.fixture.ts';

function everything(analysis: Analysis): string[] {
  return [
    explainGlance,
    explainStartup,
    explainStages,
    explainMany,
    explainMemory,
    explainThroughput,
    explainProcessor,
    explainLimits,
  ].flatMap((explain) => explain(analysis));
}

describe('what is said', () => {
  const said = everything(analyse(ALL));

  test('a shown difference is given with its interval', () => {
    const sentence = said.find((each) => each.startsWith('The time of Terrarium as a command'));
    expect(sentence).toMatch(
      /^The time of Terrarium as a command, a whole process per container, is 0\.(?:19|2)\d* times that of runc \(0\.\d+ to 0\.\d+\)\.$/,
    );
  });

  test('where none is shown no figure is claimed', () => {
    expect(said).toContain(
      'Computing is not shown to differ from bare metal’s for Terrarium and runc: their instructions run on the processor itself.',
    );
    expect(said.find((each) => each.startsWith('Rate of computing'))).toMatch(
      /QEMU q35 \(TCG emulation\) 0\.1\d*\.$/,
    );
  });

  test('a knee and the full side are named', () => {
    expect(said.find((each) => each.startsWith('runc: ') && each.includes('connections'))).toMatch(
      /within 5 % of its most from 4 connections on; its processor was busy for 9\d[\d.]* % of the time, .*: the server’s side was full\.$/,
    );
  });

  test('why it ended, and which stage takes most', () => {
    expect(said).toContain('runc was stopped at 300 alive: the time for it was over.');
    expect(said.find((each) => each.includes('the stage that ends with'))).toContain(
      '3,000 ms (75 %)',
    );
  });

  test('emulation is named in every sentence that names an emulated machine, and explained', () => {
    const about = said.filter((each) => each.includes('q35'));
    expect(about.length).toBeGreaterThan(6);
    expect(about.filter((each) => !each.includes('q35 (TCG emulation)'))).toEqual([]);
    expect(
      about.filter((each) => each.includes('no verdict on what hardware virtualisation costs'))
        .length,
    ).toBeGreaterThan(3);
  });

  test('of nothing, nothing', () => {
    expect(everything(analyse(TARGETS))).toEqual([]);
  });
});

test('a trend is steadiness, whatever its size', () => {
  expect(trendOf([1, 2, 3, 4, 5])).toBe(1);
  expect(trendOf([5, 4, 3, 2, 1])).toBe(-1);
  expect(Math.abs(trendOf([1, 9, 1.1, 8, 1.2, 7, 1.3, 9]))).toBeLessThan(0.5);
});
