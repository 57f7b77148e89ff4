import { describe, expect, it } from 'vitest';
import { HostError } from '../base/errors.ts';
import type { Resources } from '../config/config.ts';
import type { Placement } from '../host/facts.ts';
import type { CgroupFacts } from './controllers/controller.ts';
import { sharesToWeight } from './controllers/cpu.ts';
import { planCgroups } from './plan.ts';

const V1: CgroupFacts = {
  cgroup: {
    mode: 'hybrid',
    hierarchies: {
      memory: '/m',
      cpu: '/c',
      cpuacct: '/c',
      cpuset: '/s',
      pids: '/p',
      devices: '/d',
      blkio: '/b',
      freezer: '/f',
    },
    unified: '/u',
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
    controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
    enabled: ['memory'],
    swapAccounting: true,
  },
};
const NONE: CgroupFacts = { ...V1, cgroup: { mode: 'none', reason: 'mounted read-only' } };

const NOTHING: Resources = { devices: [] };
const EVERYTHING: Resources = {
  memoryLimitBytes: 64 * 2 ** 20 + 1,
  memorySwapBytes: 96 * 2 ** 20,
  cpuQuotaUs: 25_000,
  cpuPeriodUs: 50_000,
  cpuShares: 512,
  cpusetCpus: '3,1,0',
  pidsLimit: 64,
  devices: [],
};

/** Operations as lines: `mkdir /m/terrarium-a`, `/m/terrarium-a/x=1 (1)`. */
function lines(resources: Resources, host: CgroupFacts): string[] {
  return planCgroups('a', resources, host).host.map((op) => {
    if (op.kind === 'write')
      return `${op.path}=${op.value}${op.readBack === undefined ? '' : ` (${op.readBack})`}`;
    return op.kind === 'mkcgroup' ? `mkdir ${op.path}` : op.kind;
  });
}

it('says where the groups are: those that it makes, each named after the container', () => {
  for (const host of [V1, V2]) {
    const { cgroups, host: ops } = planCgroups('a', EVERYTHING, host);
    const made = ops.flatMap((op) => (op.kind === 'mkcgroup' ? [op.path] : []));
    expect(cgroups.directories.map(({ path }) => path)).toEqual(made);
    for (const { root, path } of cgroups.directories) expect(path).toBe(`${root}/terrarium-a`);
  }
});

describe('on v1 and hybrid', () => {
  it('makes and joins one group in each hierarchy that limits or counts, a shared mount once', () => {
    const plan = planCgroups('a', NOTHING, V1);
    expect(lines(NOTHING, V1)).toEqual([
      'mkdir /m/terrarium-a',
      'mkdir /c/terrarium-a',
      'mkdir /p/terrarium-a',
      'mkdir /d/terrarium-a',
      '/d/terrarium-a/devices.deny=a *:* rwm',
    ]);
    expect(plan.joinTasks).toEqual([
      '/m/terrarium-a/tasks',
      '/c/terrarium-a/tasks',
      '/p/terrarium-a/tasks',
      '/d/terrarium-a/tasks',
    ]);
    expect(plan.cgroup).toBeUndefined();
    expect(plan.host[0]).toEqual({
      kind: 'mkcgroup',
      controller: 'memory',
      path: '/m/terrarium-a',
      undo: { kind: 'rmcgroup', path: '/m/terrarium-a' },
    });
    expect(plan.warnings).toEqual([]);
  });

  it('writes every limit, memory before memory and swap, and expects whole pages back', () => {
    expect(lines(EVERYTHING, V1)).toEqual([
      'mkdir /m/terrarium-a',
      'mkdir /c/terrarium-a',
      'mkdir /p/terrarium-a',
      'mkdir /d/terrarium-a',
      'mkdir /s/terrarium-a',
      '/m/terrarium-a/memory.limit_in_bytes=67108865 (67108864)',
      '/m/terrarium-a/memory.memsw.limit_in_bytes=100663296 (100663296)',
      '/c/terrarium-a/cpu.cfs_period_us=50000 (50000)',
      '/c/terrarium-a/cpu.cfs_quota_us=25000 (25000)',
      '/c/terrarium-a/cpu.shares=512 (512)',
      '/p/terrarium-a/pids.max=64 (64)',
      '/s/terrarium-a/cpuset.cpus=0-1,3 (0-1,3)',
      '/s/terrarium-a/cpuset.mems=0 (0)',
      '/d/terrarium-a/devices.deny=a *:* rwm',
    ]);
    expect(planCgroups('a', EVERYTHING, V1).joinTasks.at(-1)).toBe('/s/terrarium-a/tasks');
  });

  it('has swap off by default, and unlimited when asked', () => {
    const memory = (resources: Resources) =>
      lines(resources, V1).filter((line) => line.includes('memsw'));
    expect(memory({ memoryLimitBytes: 2 ** 26, devices: [] })).toEqual([
      '/m/terrarium-a/memory.memsw.limit_in_bytes=67108864 (67108864)',
    ]);
    expect(memory({ memoryLimitBytes: 2 ** 26, memorySwapBytes: -1, devices: [] })).toEqual([]);
  });

  it('leaves out the period that a new group has anyway', () => {
    expect(lines({ cpuQuotaUs: 50_000, cpuPeriodUs: 100_000, devices: [] }, V1)).not.toContainEqual(
      expect.stringContaining('period'),
    );
  });

  it('warns when there is swap without accounting', () => {
    const hierarchies = V1.cgroup.mode === 'hybrid' ? V1.cgroup.hierarchies : {};
    const host: CgroupFacts = {
      ...V1,
      swapTotalBytes: 2 ** 30,
      cgroup: { mode: 'v1', hierarchies, swapAccounting: false },
    };
    expect(planCgroups('a', EVERYTHING, host).warnings).toEqual([
      expect.stringContaining('swap beyond its memory limit'),
    ]);
    expect(lines(EVERYTHING, host)).not.toContainEqual(expect.stringContaining('memsw'));
    expect(planCgroups('a', EVERYTHING, { ...host, swapTotalBytes: 0 }).warnings).toEqual([]);
    expect(planCgroups('a', NOTHING, host).warnings).toEqual([]);
  });

  it('warns when devices are not restricted', () => {
    const host: CgroupFacts = {
      ...V1,
      cgroup: { mode: 'v1', hierarchies: { memory: '/m' }, swapAccounting: true },
    };
    expect(planCgroups('a', NOTHING, host).warnings).toEqual([expect.stringContaining('devices')]);
  });
});

describe('device rules on v1', () => {
  const devices = (rules: Resources['devices']) =>
    lines({ devices: rules }, V1)
      .filter((line) => line.includes('/devices.'))
      .map((line) => line.replace('/d/terrarium-a/devices.', ''));

  it('are written after all is denied', () => {
    expect(
      devices([
        { allow: false, type: 'a', access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
        { allow: true, type: 'c', major: 136, access: 'rw' },
        { allow: false, type: 'b', major: 8, minor: 0, access: 'w' },
      ]),
    ).toEqual(['deny=a *:* rwm', 'allow=c 1:3 rwm', 'allow=c 136:* rw', 'deny=b 8:0 w']);
  });

  it('deny all devices by default', () => {
    expect(devices([{ allow: true, type: 'c', major: 1, minor: 3, access: 'r' }])).toEqual([
      'deny=a *:* rwm',
      'allow=c 1:3 r',
    ]);
  });

  it('begin with the last rule for all', () => {
    const rules: Resources['devices'] = [
      { allow: false, type: 'a', access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
      { allow: true, type: 'a', access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
      { allow: false, type: 'c', major: 1, minor: 1, access: 'rwm' },
    ];
    expect(devices(rules)).toEqual(['allow=a *:* rwm', 'deny=c 1:1 rwm']);
  });
});

describe('on v2', () => {
  it('enables what is missing, makes one group, and spawns into it', () => {
    const plan = planCgroups('a', NOTHING, V2);
    expect(lines(NOTHING, V2)).toEqual([
      '/r/cgroup.subtree_control=+cpu +pids',
      'mkdir /r/terrarium-a',
    ]);
    expect(plan).toMatchObject({ cgroup: '/r/terrarium-a', joinTasks: [] });
    expect(plan.host[1]).toMatchObject({
      undo: { kind: 'rmcgroup', path: '/r/terrarium-a', killFile: '/r/terrarium-a/cgroup.kill' },
    });
    expect(plan.warnings).toEqual([expect.stringContaining('eBPF')]);
  });

  it('moves there by itself where a kernel would keep a spawned process on the processors of its parent', () => {
    const old: CgroupFacts = { ...V2, kernel: { release: '5.10.0', major: 5, minor: 10 } };
    const plan = planCgroups('a', { cpusetCpus: '1', devices: [] }, old);
    expect(plan.joinTasks).toEqual(['/r/terrarium-a/cgroup.procs']);
    expect(plan).not.toHaveProperty('cgroup');
    expect(planCgroups('a', { pidsLimit: 1, devices: [] }, old).joinTasks).toEqual([]);
    expect(planCgroups('a', { cpusetCpus: '1', devices: [] }, V2).joinTasks).toEqual([]);
  });

  it('attaches the device rules as a program, last, where the kernel takes such programs', () => {
    const host = { ...V2, cgroup: { ...V2.cgroup, devicePrograms: true as const } };
    const plan = planCgroups(
      'a',
      { devices: [{ allow: true, type: 'c', major: 1, minor: 3, access: 'rw' }] },
      host,
    );
    expect(plan.host.at(-1)).toMatchObject({
      kind: 'bpf_devices',
      path: '/r/terrarium-a',
      rules: ['allow c 1:3 rw'],
    });
    expect(plan.warnings).toEqual([]);
  });

  it('writes every limit; swap counts alone', () => {
    expect(lines(EVERYTHING, V2)).toEqual([
      '/r/cgroup.subtree_control=+cpu +pids +cpuset',
      'mkdir /r/terrarium-a',
      '/r/terrarium-a/memory.max=67108865 (67108864)',
      '/r/terrarium-a/memory.swap.max=33554431 (33550336)',
      '/r/terrarium-a/cpu.max=25000 50000 (25000 50000)',
      '/r/terrarium-a/cpu.weight=59 (59)',
      '/r/terrarium-a/pids.max=64 (64)',
      '/r/terrarium-a/cpuset.cpus=0-1,3 (0-1,3)',
    ]);
  });

  it('has swap off by default, and enables nothing that is enabled', () => {
    const host: CgroupFacts = {
      ...V2,
      cgroup: {
        mode: 'v2',
        root: '/r',
        controllers: ['cpu', 'memory', 'pids'],
        enabled: ['cpu', 'memory', 'pids'],
        swapAccounting: true,
      },
    };
    expect(lines({ memoryLimitBytes: 2 ** 26, devices: [] }, host)).toEqual([
      'mkdir /r/terrarium-a',
      '/r/terrarium-a/memory.max=67108864 (67108864)',
      '/r/terrarium-a/memory.swap.max=0 (0)',
    ]);
  });

  it.each([
    [2, 1],
    [1024, 100],
    [262_144, 10_000],
    // opencontainers/runc#4896
    [2000, 170],
    // 250 milli-CPUs of Kubernetes
    [256, 35],
  ])('turns %i shares into a weight of %i', (shares, weight) => {
    expect(sharesToWeight(shares)).toBe(weight);
  });

  it('gives more shares never less weight', () => {
    for (let shares = 2; shares < 262_144; shares += 97)
      expect(sharesToWeight(shares + 97)).toBeGreaterThanOrEqual(sharesToWeight(shares));
  });
});

describe('on v2 with systemd', () => {
  const at = (placement: Placement): CgroupFacts => {
    if (V2.cgroup.mode !== 'v2') throw new Error('not v2');
    return { ...V2, cgroup: { ...V2.cgroup, placement } };
  };
  const scope: Placement = {
    ...{ kind: 'scope', slice: 's.slice', directory: '/r/s.slice', name: 'terrarium.7.scope' },
  };
  const unit: Placement = { kind: 'unit', unit: 'web.service', group: '/r/s.slice/web.service' };
  const LIMITED: Resources = { pidsLimit: 8, devices: [] };

  it('is below the scope of this process, which is asked for first, and has no undo', () => {
    const plan = planCgroups('a', LIMITED, at(scope));
    expect(plan.host[0]).toEqual({
      ...{ kind: 'scope', name: 'terrarium.7.scope', slice: 's.slice' },
      path: '/r/s.slice/terrarium.7.scope',
      leaf: '/r/s.slice/terrarium.7.scope/terrarium',
      weights: {},
      enable: ['memory', 'cpu', 'pids'],
    });
    expect(lines(LIMITED, at(scope)).slice(1)).toEqual([
      'mkdir /r/s.slice/terrarium.7.scope/terrarium-a',
      '/r/s.slice/terrarium.7.scope/terrarium-a/pids.max=8 (8)',
    ]);
    expect(plan.cgroups.directories[0]?.root).toBe('/r');
    expect(plan.watcherCgroup).toBeUndefined();
  });

  it('has its CPU weight there as well: scopes share the CPU time of their slice', () => {
    for (const detach of [false, true]) {
      const [first] = planCgroups('a', { ...NOTHING, cpuShares: 3072 }, at(scope), detach).host;
      expect(first).toMatchObject({ kind: 'scope', weights: { CPUWeight: sharesToWeight(3072) } });
    }
    expect(planCgroups('a', NOTHING, at(scope)).host[0]).toMatchObject({ weights: {} });
  });

  it('has a scope of its own when detached, with its watcher in it, and an undo', () => {
    const plan = planCgroups('a', LIMITED, at(scope), true);
    const path = '/r/s.slice/terrarium-a.scope';
    const name = 'terrarium-a.scope';
    expect(plan.host[0]).toMatchObject({ name, path, undo: { kind: 'stopunit', name, path } });
    expect(plan.cgroup).toBe(`${path}/terrarium-a`);
    expect(plan.watcherCgroup).toBe(`${path}/terrarium`);
  });

  it('is below a delegated unit, whose only process moves into a leaf', () => {
    const leaf = '/r/s.slice/web.service/terrarium';
    expect(planCgroups('a', LIMITED, at({ ...unit, leaf }), true).host[0]).toEqual({
      ...{ kind: 'leaf', group: '/r/s.slice/web.service', leaf },
      enable: ['memory', 'cpu', 'pids'],
    });
    expect(lines(LIMITED, at(unit))).toEqual([
      '/r/s.slice/web.service/cgroup.subtree_control=+cpu +pids',
      'mkdir /r/s.slice/web.service/terrarium-a',
      '/r/s.slice/web.service/terrarium-a/pids.max=8 (8)',
    ]);
  });

  it.each([scope, unit])('passes cpuset on for those who ask for it: %o', (placement) => {
    const path = lines({ cpusetCpus: '0', devices: [] }, at(placement))
      .find((line) => line.includes('+cpuset'))
      ?.replace(/=.*/, '');
    expect(path).toMatch(/(terrarium\.7\.scope|web\.service)\/cgroup\.subtree_control$/);
    expect(lines(LIMITED, at(placement)).join()).not.toContain('cpuset');
  });

  it('says when other processes keep it from its unit, and when systemd was of no use', () => {
    const occupied = planCgroups('a', NOTHING, at({ ...scope, occupied: 'web.service' }));
    expect(occupied.warnings[0]).toContain('group of web.service');
    const cgroup = { ...V2.cgroup, unmanaged: 'systemd cannot be asked' };
    expect(planCgroups('a', NOTHING, { ...V2, cgroup }).warnings[0]).toContain('cannot be asked');
    expect(planCgroups('a', NOTHING, at(scope)).warnings).toEqual([
      expect.stringContaining('eBPF'),
    ]);
  });
});

describe('what cannot be enforced', () => {
  it.each([
    ['memory', { memoryLimitBytes: 2 ** 26 }],
    ['cpu', { cpuQuotaUs: 1000 }],
    ['cpu', { cpuShares: 2 }],
    ['pids', { pidsLimit: 1 }],
    ['cpuset', { cpusetCpus: '0' }],
  ] satisfies [string, Omit<Resources, 'devices'>][])(
    'is refused without the %s controller: %j',
    (controller, limit) => {
      const without: readonly CgroupFacts['cgroup'][] = [
        { mode: 'v1', hierarchies: {}, swapAccounting: false },
        { mode: 'v2', root: '/r', controllers: [], enabled: [], swapAccounting: false },
      ];
      for (const cgroup of without) {
        expect(() => planCgroups('a', { ...limit, devices: [] }, { ...V1, cgroup })).toThrow(
          expect.objectContaining({ name: 'HostError', missing: `cgroup ${controller}` }),
        );
      }
      expect(() => planCgroups('a', { ...limit, devices: [] }, NONE)).toThrow(/mounted read-only/);
    },
  );

  it('is a warning when nothing was asked for', () => {
    expect(planCgroups('a', NOTHING, NONE)).toEqual({
      cgroups: { mode: 'none', cpuset: false, directories: [] },
      host: [],
      joinTasks: [],
      warnings: [expect.stringContaining('mounted read-only')],
    });
    expect(() => planCgroups('a', EVERYTHING, NONE)).toThrow(HostError);
  });
});
