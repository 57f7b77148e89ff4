// Bisection finds the boundary, and refuses a good end that fails or a bad one that holds.
import { describe, expect, it } from 'vitest';
import { kernelNamed } from '../fetch/catalogue.ts';
import { firstBad, kernelsBetween } from './bisect.ts';

describe('the first bad one', () => {
  const range = [1, 2, 3, 4, 5, 6, 7];

  it.each([2, 3, 4, 5, 6, 7])('is found when it is %i', async (bad) => {
    const tried: number[] = [];
    const found = await firstBad(range, async (one) => {
      tried.push(one);
      return one < bad;
    });
    expect(found).toEqual({ lastGood: bad - 1, firstBad: bad });
    expect(tried.length).toBeLessThanOrEqual(5);
  });

  it('needs a good and a bad end', async () => {
    await expect(firstBad(range, async () => true)).rejects.toThrow('holds on the bad kernel');
    await expect(firstBad(range, async () => false)).rejects.toThrow('fails on the good kernel');
    await expect(firstBad([1], async () => true)).rejects.toThrow('two different kernels');
  });
});

describe('the kernels between two', () => {
  const between = (good: string, bad: string, layout: 'v1' | 'v2') => {
    const [from, to] = [kernelNamed(good), kernelNamed(bad)];
    if (from === undefined || to === undefined) throw new Error('not in the catalogue');
    return kernelsBetween(from, to, layout).map(({ name }) => name);
  };

  it('go either way, without PREEMPT_RT', () => {
    expect(between('debian-5.10', 'debian-6.12', 'v2')).toEqual([
      'debian-5.10',
      'debian-6.1',
      'debian-6.12',
    ]);
    expect(between('debian-6.12', 'debian-5.10', 'v2').at(0)).toBe('debian-6.12');
  });

  it('need two', () => {
    expect(() => between('debian-6.1', 'debian-6.1', 'v2')).toThrow('two different kernels');
  });

  it('have the layout at both ends', () => {
    expect(() => between('debian-6.1', 'debian-13-systemd', 'v1')).toThrow('layout v1');
  });
});
