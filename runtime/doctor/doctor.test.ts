import { describe, expect, it } from 'vitest';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Observations } from '../host/observe.ts';
import { diagnose } from './doctor.ts';

const HIERARCHIES = {
  memory: '/m',
  cpu: '/c',
  cpuacct: '/c',
  cpuset: '/s',
  pids: '/p',
  blkio: '/b',
  devices: '/d',
};

const FACTS: HostFacts = {
  ...EXAMPLE_HOST,
  cgroup: { mode: 'v1', hierarchies: HIERARCHIES, swapAccounting: true },
};

const OBSERVED: Observations = {
  veth: 'built-in',
  overlay: 'loaded',
  securityModules: ['capability'],
  maxUserNamespaces: 1000,
  unprivilegedUserns: undefined,
  apparmorRestrictsUserns: undefined,
  kernelLogReadable: true,
  kvm: true,
  stateDirectory: { path: '/run/terrarium', writable: true, freeBytes: 2 ** 30, freeInodes: 1e6 },
};

/** What is not ok on a host that differs in this. */
function complaints(facts: Partial<HostFacts>, observed: Partial<Observations> = {}) {
  return diagnose({ ...FACTS, ...facts }, { ...OBSERVED, ...observed }).filter(
    (f) => f.status !== 'ok',
  );
}

describe('diagnose', () => {
  it('has nothing to say about a host that offers everything', () => {
    expect(complaints({})).toEqual([]);
    expect(diagnose(FACTS, OBSERVED).filter((f) => f.consequence !== undefined)).toEqual([]);
  });

  it.each([
    ['kernel', { kernel: { release: '5.9.0', major: 5, minor: 9 } }, {}, /every requirement/],
    ['root', { euid: 1000 }, {}, /sudo/],
    ['CAP_NET_ADMIN', { capabilities: 0x1ffffffffffn & ~(1n << 12n) }, {}, /NET/],
    ['namespaces', { namespaces: ['mount', 'pid'] }, {}, /NS-01, NET/],
    ['user namespaces', {}, { maxUserNamespaces: 0 }, /without root/],
    ['cgroups', { cgroup: { mode: 'none', reason: 'none mounted' } }, {}, /LIM/],
    ['veth', {}, { veth: 'absent' }, /NET/],
    ['seccomp', { seccompFilter: false }, {}, /SAFE-03/],
    [
      'state directory',
      {},
      { stateDirectory: { ...OBSERVED.stateDirectory, writable: false } },
      /journal/,
    ],
  ] satisfies [string, Partial<HostFacts>, Partial<Observations>, RegExp][])(
    'says that %s is missing and what is lost',
    (name, facts, observed, consequence) => {
      const found = complaints(facts, observed).find((f) => f.name === name);
      expect(found).toMatchObject({ status: 'missing' });
      expect(found?.consequence).toMatch(consequence);
    },
  );

  it('names each v1 controller that is not mounted', () => {
    const found = complaints({
      cgroup: { mode: 'v1', hierarchies: { memory: '/m' }, swapAccounting: true },
    });
    expect(found.map((f) => f.name)).toEqual([
      'cgroup cpu',
      'cgroup cpuacct',
      'cgroup pids',
      'cgroup cpuset',
      'cgroup blkio',
      'cgroup devices',
    ]);
  });

  it('knows that devices are eBPF on v2, and which controllers the root lacks', () => {
    const cgroup = {
      mode: 'v2',
      root: '/r',
      controllers: ['memory', 'cpu', 'io', 'pids'],
      enabled: ['memory'],
      swapAccounting: true,
    } as const;
    const found = (facts: Partial<HostFacts>) => complaints(facts).map((f) => [f.name, f.status]);
    expect(found({ cgroup: { ...cgroup, devicePrograms: true } })).toEqual([
      ['cgroup cpuset', 'missing'],
    ]);
    expect(found({ cgroup })).toEqual([
      ['cgroup cpuset', 'missing'],
      ['cgroup devices', 'limited'],
    ]);
  });

  it('says below what systemd has containers, and whose limits bound them', () => {
    const v2 = {
      ...({ mode: 'v2', root: '/r', swapAccounting: true, devicePrograms: true } as const),
      ...{ enabled: [], controllers: ['memory', 'cpu', 'pids', 'cpuset', 'io'] },
    };
    const at = { slice: 's.slice', directory: '/r/s.slice', name: 'n.scope' };
    const scope = { kind: 'scope' as const, ...at };
    const unit = { kind: 'unit', unit: 'web.service', group: '/r/web.service' } as const;
    const found = (cgroup: HostFacts['cgroup']) =>
      diagnose({ ...FACTS, cgroup }, OBSERVED).find(({ name }) => name === 'systemd');
    expect(found(v2)).toBeUndefined();
    expect(found({ ...v2, placement: scope })).toMatchObject({ status: 'ok' });
    expect(found({ ...v2, placement: unit })).toMatchObject({ status: 'ok' });
    const service = 'web.service';
    expect(found({ ...v2, placement: { ...scope, service } })).toMatchObject({
      ...{ status: 'limited', consequence: expect.stringContaining('Delegate=yes there') },
    });
    expect(found({ ...v2, placement: { ...scope, service, occupied: service } })).toMatchObject({
      ...{ status: 'limited', consequence: expect.stringContaining('DelegateSubgroup=') },
    });
    expect(found({ ...v2, unmanaged: 'no answer' })).toMatchObject({ status: 'limited' });
  });

  it('minds missing swap accounting only where there is swap', () => {
    const cgroup = { mode: 'v1', hierarchies: HIERARCHIES, swapAccounting: false } as const;
    expect(complaints({ cgroup, swapTotalBytes: 4096 })).toMatchObject([
      { name: 'swap accounting', status: 'missing' },
    ]);
    expect(complaints({ cgroup })).toMatchObject([{ name: 'swap accounting', status: 'limited' }]);
  });

  it('says unknown, not missing, of a module that nothing tells about', () => {
    expect(complaints({}, { veth: 'unknown' })).toMatchObject([
      {
        name: 'veth',
        status: 'limited',
        detail: expect.stringContaining('unknown until first use'),
      },
    ]);
  });

  it('names the setting that restricts user namespaces', () => {
    expect(complaints({}, { apparmorRestrictsUserns: true })).toMatchObject([
      {
        name: 'user namespaces',
        status: 'limited',
        detail: 'kernel.apparmor_restrict_unprivileged_userns is 1',
      },
    ]);
  });

  it('warns of a state directory without inodes', () => {
    expect(
      complaints({}, { stateDirectory: { ...OBSERVED.stateDirectory, freeInodes: 0 } }),
    ).toMatchObject([{ name: 'state directory', status: 'limited' }]);
  });
});
