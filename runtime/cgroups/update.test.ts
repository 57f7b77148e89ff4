import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CgroupFacts, Limits } from './controllers/controller.ts';
import { type ContainerCgroups, chooseCgroups } from './directories.ts';
import { updateLimits, updateWrites } from './update.ts';

const V1: CgroupFacts = {
  cgroup: {
    mode: 'v1',
    hierarchies: { memory: '/m', cpu: '/c', pids: '/p', cpuset: '/s' },
    swapAccounting: true,
  },
  kernel: { release: '6.12.0', major: 6, minor: 12 },
  pageSizeBytes: 4096,
  swapTotalBytes: 0,
  cpuList: '0-3',
  memoryNodes: '0',
};
const V2: CgroupFacts = {
  ...V1,
  cgroup: {
    mode: 'v2',
    root: '/r',
    controllers: ['cpu', 'memory', 'pids'],
    enabled: [],
    swapAccounting: true,
  },
};
const M = 2 ** 20;

/** The writes as `file=value`, on a host where these files say this. */
function writes(
  limits: Limits,
  host: CgroupFacts,
  present: Record<string, string>,
  requested: readonly string[] = ['cpuset'],
): string[] {
  const read = (path: string) => present[path.slice(path.lastIndexOf('/') + 1)];
  return updateWrites('a', chooseCgroups('a', host.cgroup, requested), limits, host, read).map(
    ({ path, value }) => `${path.slice(path.lastIndexOf('/') + 1)}=${value}`,
  );
}

describe('memory on v1', () => {
  const at64 = {
    'memory.limit_in_bytes': String(64 * M),
    'memory.memsw.limit_in_bytes': String(64 * M),
  };

  it('is raised from above and lowered from below', () => {
    expect(writes({ memoryLimitBytes: 128 * M }, V1, at64)).toEqual([
      `memory.memsw.limit_in_bytes=${128 * M}`,
      `memory.limit_in_bytes=${128 * M}`,
    ]);
    expect(writes({ memoryLimitBytes: 32 * M }, V1, at64)).toEqual([
      `memory.limit_in_bytes=${32 * M}`,
      `memory.memsw.limit_in_bytes=${32 * M}`,
    ]);
  });

  it('opens swap first', () => {
    expect(writes({ memoryLimitBytes: 128 * M, memorySwapBytes: -1 }, V1, at64)).toEqual([
      'memory.memsw.limit_in_bytes=-1',
      `memory.limit_in_bytes=${128 * M}`,
    ]);
    expect(writes({ memorySwapBytes: 96 * M }, V1, at64)).toEqual([
      `memory.memsw.limit_in_bytes=${96 * M}`,
    ]);
  });

  it('is limited for the first time from below', () => {
    const unlimited = {
      'memory.limit_in_bytes': '9223372036854771712',
      'memory.memsw.limit_in_bytes': '9223372036854771712',
    };
    expect(writes({ memoryLimitBytes: M }, V1, unlimited)).toEqual([
      `memory.limit_in_bytes=${M}`,
      `memory.memsw.limit_in_bytes=${M}`,
    ]);
  });

  it('knows hosts that do not account swap', () => {
    expect(writes({ memoryLimitBytes: M }, V1, { 'memory.limit_in_bytes': '0' })).toEqual([
      `memory.limit_in_bytes=${M}`,
    ]);
  });
});

describe('the rest', () => {
  it('writes only what is given', () => {
    expect(writes({}, V1, {})).toEqual([]);
    expect(writes({ pidsLimit: 9, cpuShares: 3 }, V1, {})).toEqual(['cpu.shares=3', 'pids.max=9']);
    expect(writes({}, V2, {})).toEqual([]);
  });

  it('cannot add a cpuset on v1', () => {
    expect(() => writes({ cpusetCpus: '0' }, V1, {}, [])).toThrow(
      /^a was started without --cpuset-cpus$/,
    );
    expect(writes({ cpusetCpus: '1,0' }, V1, { 'cpuset.cpus': '0' })).toEqual(['cpuset.cpus=0-1']);
  });

  it('keeps the half of cpu.max that is not given', () => {
    expect(writes({ cpuQuotaUs: 5000 }, V2, { 'cpu.max': 'max 20000' })).toEqual([
      'cpu.max=5000 20000',
    ]);
    expect(writes({ cpuPeriodUs: 50_000 }, V2, { 'cpu.max': '7000 20000' })).toEqual([
      'cpu.max=7000 50000',
    ]);
  });

  it('has a CPU weight in its scope, too, unless that holds other containers', () => {
    const weights = (scope: string, descendants: number) => {
      const path = `/r/s.slice/${scope}/terrarium-a`;
      const cgroups: ContainerCgroups = {
        ...chooseCgroups('a', V2.cgroup, []),
        directories: [{ controllers: ['unified'], root: '/r', path }],
      };
      const read = (file: string) =>
        file.endsWith('.scope/cgroup.stat') ? `nr_descendants ${descendants}\n` : undefined;
      return updateWrites('a', cgroups, { cpuShares: 1024 }, V2, read).map((write) => write.path);
    };
    const own = '/r/s.slice/terrarium-a.scope';
    expect(weights('terrarium-a.scope', 2)).toEqual([
      `${own}/terrarium-a/cpu.weight`,
      `${own}/cpu.weight`,
    ]);
    expect(weights('terrarium.7.ab.scope', 2)).toHaveLength(2);
    expect(weights('terrarium.7.ab.scope', 3)).toHaveLength(1);
    expect(weights('web.service', 1)).toHaveLength(1);
  });

  it('subtracts memory from memory and swap on v2', () => {
    expect(writes({ memoryLimitBytes: 2 * M, memorySwapBytes: 3 * M }, V2, {})).toEqual([
      `memory.max=${2 * M}`,
      `memory.swap.max=${M}`,
    ]);
    expect(writes({ memoryLimitBytes: 2 * M }, V2, {})).toEqual([
      `memory.max=${2 * M}`,
      'memory.swap.max=0',
    ]);
    expect(writes({ memorySwapBytes: 3 * M }, V2, { 'memory.max': String(M) })).toEqual([
      `memory.swap.max=${2 * M}`,
    ]);
    expect(writes({ memoryLimitBytes: M, memorySwapBytes: -1 }, V2, {})).toEqual([
      `memory.max=${M}`,
      'memory.swap.max=max',
    ]);
  });
});

describe('a controller that was switched off since the start', () => {
  let group: string;
  beforeEach(() => {
    const parent = mkdtempSync(join(tmpdir(), 'update-'));
    group = join(parent, 'terrarium-x');
    mkdirSync(group);
    for (const [path, text] of [
      [join(parent, 'cgroup.controllers'), 'cpuset cpu memory pids\n'],
      [join(parent, 'cgroup.subtree_control'), 'cpu memory pids\n'],
      [join(group, 'cgroup.procs'), '7\n'],
      [join(group, 'pids.max'), '4\n'],
    ] as const)
      writeFileSync(path, text);
  });
  afterEach(() => rmSync(dirname(group), { recursive: true }));

  const cgroups = (): ContainerCgroups => ({
    ...{ mode: 'v2', cpuset: true },
    directories: [{ controllers: ['unified'], root: dirname(group), path: group }],
  });
  const passedOn = () => readFileSync(join(dirname(group), 'cgroup.subtree_control'), 'utf8');

  it('is passed on again, and named when that does not help', () => {
    expect(() => updateLimits('x', cgroups(), { cpusetCpus: '0' }, V2)).toThrow(
      expect.objectContaining({
        message: `${group} has no cpuset.cpus: its controller has been switched off`,
        hint: expect.stringContaining('Delegate=yes'),
        cleanupErrors: [],
      }),
    );
    expect(passedOn()).toBe('+memory +cpu +pids +cpuset');
  });

  it('is left alone when the files that are asked for are there', () => {
    updateLimits('x', cgroups(), { pidsLimit: 5 }, V2);
    expect(readFileSync(join(group, 'pids.max'), 'utf8')).toBe('5\n');
    expect(passedOn()).toBe('cpu memory pids\n');
  });

  it('is written down with what the files say, or nothing has changed', () => {
    const written: unknown[] = [];
    updateLimits('x', cgroups(), { pidsLimit: 5 }, V2, (given) => written.push(given));
    expect(written).toEqual([{ 'pids.max': '5' }]);
    const refuse = () => {
      throw new Error('no room');
    };
    expect(() => updateLimits('x', cgroups(), { pidsLimit: 7 }, V2, refuse)).toThrow();
    expect(readFileSync(join(group, 'pids.max'), 'utf8').trim()).toBe('5');
  });

  it('is not meant when the container has ended', () => {
    rmSync(group, { recursive: true });
    expect(() => updateLimits('x', cgroups(), { pidsLimit: 5 }, V2)).toThrow(
      `no cgroup at ${group}`,
    );
  });
});
