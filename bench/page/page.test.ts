// The page follows from the records alone.
import { describe, expect, test } from 'vitest';
import { analyse } from '../analysis/analysis.ts';
import type { AnyRecord } from '../samples/records.ts';
import { benchPage } from './page.ts';
import { ALL, ofAllTargets, TARGETS } from './sample.fixture.ts';

describe('the page', () => {
  const page = benchPage(analyse(ALL));

  test('is the same bytes for the same records, and asks for nothing', () => {
    const few = [...TARGETS, ...ofAllTargets('start.warm', 1e6, { terrarium: 4 })];
    const [once, again] = [benchPage(analyse(few)), benchPage(analyse(few))];
    expect(once === again).toBe(true);
    expect([...page.matchAll(/(?:href|src)="(?!#)[^"]*"/g)].map(([all]) => all)).toEqual([]);
    expect(page.includes("default-src 'none'")).toBe(true);
  });

  test('names emulation in every figure that shows an emulated machine', () => {
    const figures = page.match(/<figure.*?<\/figure>/gs) ?? [];
    const about = figures.filter((each) => each.includes('q35'));
    expect(figures.length).toBeGreaterThan(4);
    expect(about.length).toBeGreaterThan(3);
    expect(about.filter((each) => !each.includes('QEMU q35 (TCG emulation)'))).toEqual([]);
  });

  test('text of a peer is text', () => {
    const failure: AnyRecord = {
      kind: 'failure',
      target: 'runc',
      measure: 'limits',
      reason: '<script>alert(1)</script>',
    };
    expect(benchPage(analyse([...TARGETS, failure])).includes('&lt;script>alert(1)')).toBe(true);
  });

  test('says when the run is not whole', () => {
    const end: AnyRecord = {
      kind: 'end',
      seconds: 3,
      left: [],
      stolen: 0,
      interrupted: 'it was interrupted',
    };
    expect(
      benchPage(analyse([...TARGETS, end])).includes('The run is not whole: it was interrupted.'),
    ).toBe(true);
  });
});
