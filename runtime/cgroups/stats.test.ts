// Texts as the kernel writes them, in a directory of our own: what the v2 files look like can be
// told without a v2 host.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContainerCgroups, chooseCgroups } from './directories.ts';
import { oomKills, readStats } from './stats.ts';

const FILES = {
  'memory.current': '3145728\n',
  'memory.peak': '4194304\n',
  'memory.max': '67108864\n',
  'memory.events': 'low 0\nhigh 0\nmax 31\noom 2\noom_kill 1\noom_group_kill 0\n',
  'cpu.stat':
    'usage_usec 1500123\nuser_usec 1000000\nsystem_usec 500123\nnice_usec 0\nnr_periods 30\nnr_throttled 12\nthrottled_usec 640000\nnr_bursts 0\nburst_usec 0\n',
  'pids.current': '3\n',
  'pids.max': 'max\n',
  'pids.events': 'max 7\n',
};

describe('readStats on v2', () => {
  let root = '';
  let cgroups: ContainerCgroups;
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files))
      writeFileSync(`${root}/terrarium-a/${name}`, text);
  };

  beforeEach(() => {
    root = mkdtempSync(`${tmpdir()}/stats-`);
    const controllers = ['memory', 'cpu', 'pids'];
    cgroups = chooseCgroups(
      'a',
      { mode: 'v2', root, controllers, enabled: [], swapAccounting: true },
      [],
    );
    mkdirSync(`${root}/terrarium-a`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('has the shape and units of v1', () => {
    write(FILES);
    expect(readStats('a', cgroups)).toEqual({
      memory: { usageBytes: 3145728, peakBytes: 4194304, limitBytes: 67108864, oomKills: 1 },
      cpu: { usageNs: 1_500_123_000, periods: 30, throttledPeriods: 12, throttledNs: 640_000_000 },
      pids: { current: 3, limit: undefined, refusals: 7 },
    });
    expect(oomKills(cgroups)).toBe(1);
  });

  it('leaves out what the kernel does not keep', () => {
    write({ 'memory.current': '1\n', 'memory.max': 'max\n' });
    expect(readStats('a', cgroups)).toEqual({
      memory: { usageBytes: 1, peakBytes: undefined, limitBytes: undefined, oomKills: 0 },
      cpu: undefined,
      pids: undefined,
    });
  });

  it('refuses to make numbers up', () => {
    expect(() => readStats('a', cgroups)).toThrow(/no cgroup/);
    expect(() => readStats('a', { mode: 'none', cpuset: false, directories: [] })).toThrow(
      /no cgroup/,
    );
  });
});
