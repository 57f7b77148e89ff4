// Thresholds below the memory limit, on both versions.
import { describe, expect, it } from 'vitest';
import { EXAMPLE_HOST } from '../../config/example-host.ts';
import { planCgroups } from '../plan.ts';
import type { CgroupFacts, Limits } from './controller.ts';
import { memory } from './memory.ts';

const M = 2 ** 20;
const v1: CgroupFacts = {
  ...EXAMPLE_HOST,
  cgroup: { mode: 'v1', hierarchies: { memory: '/m' }, swapAccounting: true },
};
const v2: CgroupFacts = {
  ...EXAMPLE_HOST,
  cgroup: {
    ...{ mode: 'v2', root: '/r', swapAccounting: false },
    ...{ controllers: ['memory'], enabled: ['memory'] },
  },
};
const BOTH: Limits = { memoryReservationBytes: 16 * M + 1, memoryHighBytes: 32 * M };
const { memoryHighBytes: _, ...RESERVED } = BOTH;

const lines = (writes: readonly { path: string; value: string; readBack?: string }[]) =>
  writes.map(({ path, value, readBack }) => `${path}=${value} (${readBack})`);

describe('memory thresholds', () => {
  it('are written in whole pages, at the start and by update', () => {
    const low = [`/g/memory.low=${16 * M + 1} (${16 * M})`, `/g/memory.high=${32 * M} (${32 * M})`];
    const soft = [`/g/memory.soft_limit_in_bytes=${16 * M + 1} (${16 * M})`];
    const change = { group: '/g', read: () => undefined };
    const resources = { ...BOTH, devices: [] };
    expect(memory.v2('/g', resources, v2)).toMatchObject([{}, {}]);
    expect(lines(memory.update({ ...change, limits: BOTH, host: v2 }))).toEqual(low);
    expect(lines(memory.v1('/g', { ...RESERVED, devices: [] }, v1))).toEqual(soft);
    expect(lines(memory.update({ ...change, limits: RESERVED, host: v1 }))).toEqual(soft);
  });

  it('need cgroup v2 where processes are slowed down, and the controller at all', () => {
    const plan = (limits: Limits, host: CgroupFacts) =>
      planCgroups('a', { ...limits, devices: [] }, host);
    expect(() => plan(BOTH, v1)).toThrow(
      /--memory-high cannot be enforced: it is memory\.high of cgroup v2/,
    );
    expect(() => plan(BOTH, v2)).not.toThrow();
    const cgroup = { mode: 'v1', hierarchies: {}, swapAccounting: false } as const;
    expect(() => plan(RESERVED, { ...v1, cgroup })).toThrow(
      'the memory reservation cannot be enforced: this host has no memory controller',
    );
  });

  it('are shown where there are some', () => {
    const stats = (version: 1 | 2, files: Readonly<Record<string, string>>) => {
      const read = (path: string) => files[path.replace('/g/memory.', '')];
      const found = memory.stats({ version, at: () => '/g', read });
      const show = { bytes: String, nanoseconds: String };
      return memory.rows(found, show).slice(4);
    };
    const usage = { current: '1', usage_in_bytes: '1' };
    expect(stats(2, { ...usage, low: '4096', high: '8192' })).toEqual([
      ['  reserved', '4096'],
      ['  slowed down above', '8192'],
    ]);
    expect(stats(2, { ...usage, low: '0', high: 'max' })).toEqual([]);
    expect(stats(1, { ...usage, soft_limit_in_bytes: '4096' })).toEqual([['  reserved', '4096']]);
    expect(stats(1, { ...usage, soft_limit_in_bytes: '9223372036854771712' })).toEqual([]);
  });
});
