import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../base/errors.ts';
import {
  CAPABILITIES,
  capabilityMask,
  capabilityNames,
  capabilityNumber,
} from '../config/capabilities.ts';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { CgroupLayout, HostFacts } from '../host/facts.ts';
import { slotOf } from '../network/addresses.ts';
import { configFrom } from './config-from.ts';
import type { RunOptions } from './index.ts';
import { limitsFrom } from './limits.ts';
import { parseAddress } from './network.ts';

const MINIMAL = { rootfs: '/srv/rootfs', hostname: 'box' };
const config = (options: Partial<RunOptions> = {}, host: HostFacts = EXAMPLE_HOST) =>
  configFrom({ ...MINIMAL, ...options }, host, { id: 'made-up' });

function problems(options: Partial<RunOptions>, host: HostFacts = EXAMPLE_HOST): string[] {
  try {
    config(options, host);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, problem }) => `${path} ${problem}`);
    throw error;
  }
  return [];
}

describe('defaults', () => {
  test('a shell in new namespaces, with a link, everything protected', () => {
    const made = config();
    expect(made).toMatchObject({
      id: 'made-up',
      hostname: 'box',
      network: { mode: 'veth' },
      seccomp: 'default',
      init: false,
      detach: false,
    });
    expect(made.process).toMatchObject({
      args: ['/bin/sh'],
      cwd: '/',
      noNewPrivileges: true,
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [0] },
    });
    expect(made.process.capabilities).toHaveLength(14);
    expect(made.namespaces.map(({ type }) => type)).toEqual([
      'mount',
      'pid',
      'network',
      'uts',
      'ipc',
      'cgroup',
    ]);
    expect(made.resources).toEqual({ devices: made.resources.devices });
    expect(made.resources.devices[0]).toEqual({ allow: false, type: 'a', access: 'rwm' });
  });

  test('the environment: TERM and a prompt with the hostname only on a terminal, the caller’s wins', () => {
    expect(config().process.env).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'HOSTNAME=box',
      'container=terrarium',
    ]);
    const env = configFrom(
      { ...MINIMAL, terminal: true, env: ['HOME=/x', 'A=1=2', 'A=', 'A=3'] },
      EXAMPLE_HOST,
      { id: 'a', term: 'vt100' },
    ).process.env;
    expect(env).toEqual(
      expect.arrayContaining(['HOME=/x', 'A=3', 'TERM=vt100', 'PS1=root@box:$PWD# ']),
    );
    expect(env.filter((entry) => entry.startsWith('HOME='))).toHaveLength(1);
    expect(config({ env: { B: 'x y' } }).process.env).toContain('B=x y');
  });
});

test('limits, and no swap beside memory', () => {
  expect(
    config({ memory: '64m', cpus: 0.5, cpuShares: 512, cpusetCpus: '1,0', pidsLimit: 64 })
      .resources,
  ).toMatchObject({
    ...{
      memoryLimitBytes: 67_108_864,
      memorySwapBytes: 67_108_864,
      cpuQuotaUs: 50_000,
      cpuPeriodUs: 100_000,
    },
    ...{ cpuShares: 512, cpusetCpus: '0-1', pidsLimit: 64 },
  });
  expect(config({ memory: '64m', memorySwap: -1 }).resources.memorySwapBytes).toBe(-1);
  expect(
    config({ memory: '64m', memoryReservation: '64m', memoryHigh: '48m' }).resources,
  ).toMatchObject({ memoryReservationBytes: 64 * 2 ** 20, memoryHighBytes: 48 * 2 ** 20 });
  for (const option of ['memoryReservation', 'memoryHigh'])
    expect(() => config({ memory: '64m', [option]: '65m' })).toThrow(
      `${option}: is more than the memory limit`,
    );
  expect(config({ pidsLimit: -1 }).resources).not.toHaveProperty('pidsLimit');
});

test('new limits: what is given and no more', () => {
  expect(limitsFrom({ memory: '64m' }, EXAMPLE_HOST)).toEqual({
    memoryLimitBytes: 67_108_864,
    memorySwapBytes: 67_108_864,
  });
  expect(limitsFrom({ pidsLimit: '7', cpus: '1' }, EXAMPLE_HOST)).toEqual({
    pidsLimit: 7,
    cpuQuotaUs: 100_000,
    cpuPeriodUs: 100_000,
  });
  for (const wrong of [{ memory: '1k' }, { pidsLimit: -1 }, { memorySwap: -1 }, { cpus: 3 }]) {
    expect(() => limitsFrom(wrong, EXAMPLE_HOST)).toThrow(ConfigError);
  }
});

describe('namespaces and network', () => {
  const paths = (options: Partial<RunOptions>) =>
    Object.fromEntries(config(options).namespaces.map(({ type, path }) => [type, path ?? 'new']));

  test('joined ones have the path, shared ones are absent', () => {
    const joined = paths({
      pid: 'ns:/proc/7/ns/pid',
      uts: 'ns:/run/uts',
      ipc: 'host',
      cgroupNs: 'host',
      mountNs: 'ns:/run/mnt',
      network: 'ns:/run/netns/blue',
    });
    expect(joined).toEqual({
      mount: '/run/mnt',
      pid: '/proc/7/ns/pid',
      network: '/run/netns/blue',
      uts: '/run/uts',
    });
    expect(paths({ network: 'host' })).not.toHaveProperty('network');
    expect(paths({ network: 'none' })).toHaveProperty('network', 'new');
  });

  test('the host is neither renamed nor re-rooted', () => {
    expect(problems({ uts: 'host' })).toEqual([
      expect.stringMatching(/^hostname would rename the host/),
    ]);
    expect(problems({ uts: 'host', hostname: EXAMPLE_HOST.hostname })).toEqual([]);
    expect(problems(JSON.parse('{ "mountNs": "host" }'))).toEqual([
      expect.stringMatching(/^mountNs cannot be the host's/),
    ]);
    expect(problems({ rootfs: '//' })).toEqual([
      expect.stringMatching(/^rootfs is the host's own root/),
    ]);
  });

  test.each(['ns:', 'ns:relative', 'ns:/a/../b', '/run/netns/x', 'veths', '', 'HOST'])(
    '%j is no namespace to join',
    (text) => {
      expect(
        problems(JSON.parse(JSON.stringify({ pid: text, network: text }))).map(
          (line) => line.split(' ')[0],
        ),
      ).toEqual(['network', 'pid']);
    },
  );

  test('addresses are those that the network knows', () => {
    const octet = fc.oneof(fc.nat(300), fc.constantFrom('0', '18', '19', '198', '01', ''));
    const near = fc.tuple(
      fc.constantFrom('198.18', '198.19', '198.20', '198.17'),
      octet,
      octet,
      fc.constantFrom('', '/30', '/24', '/'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          near.map(([net, a, b, prefix]) => `${net}.${a}.${b}${prefix}`),
        ),
        (text) => {
          const slot = slotOf(text);
          expect(parseAddress(text)).toEqual(
            slot.ok
              ? { value: slot.container }
              : { problem: expect.any(String), hint: expect.any(String) },
          );
        },
      ),
    );
  });

  test('an address goes with veth only, and lies in 198.18.0.0/15', () => {
    expect(config({ ip: '198.19.255.254/30' }).network).toEqual({
      mode: 'veth',
      address: '198.19.255.254',
    });
    for (const network of ['none', 'host', 'ns:/run/netns/x'] as const)
      expect(problems({ network, ip: '198.18.0.2' })).toHaveLength(1);
    for (const ip of [
      '198.18.0.0',
      '198.18.0.3',
      '198.20.0.1',
      '10.0.0.1',
      '198.18.0.2/24',
      '198.18.0.2/30/30',
      '198.18.0',
      '198.18.0.02',
      '198.18.0.256',
      '::1',
      '',
      'x',
    ]) {
      expect(problems({ ip })).toHaveLength(1);
    }
  });
});

describe('capabilities', () => {
  test('numbers and names agree with capability.h', () => {
    expect(CAPABILITIES).toHaveLength(41);
    expect(
      [
        'CAP_CHOWN',
        'CAP_KILL',
        'CAP_NET_ADMIN',
        'CAP_SYS_ADMIN',
        'CAP_MKNOD',
        'CAP_SETFCAP',
        'CAP_SYSLOG',
        'CAP_BPF',
        'CAP_CHECKPOINT_RESTORE',
      ].map(capabilityNumber),
    ).toEqual([0, 5, 12, 21, 27, 31, 34, 39, 40]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 41n) - 1n }), (mask) => {
        expect(capabilityMask(capabilityNames(mask))).toBe(mask);
      }),
    );
  });

  test('added, dropped, all', () => {
    expect(config({ capAdd: ['net_admin'] }).process.capabilities).toContain('CAP_NET_ADMIN');
    expect(config({ capDrop: ['CAP_KILL'] }).process.capabilities).not.toContain('CAP_KILL');
    expect(config({ capDrop: ['ALL'] }).process.capabilities).toEqual([]);
    expect(
      config({ capDrop: ['all'], capAdd: ['SYS_TIME', 'SYS_TIME'] }).process.capabilities,
    ).toEqual(['CAP_SYS_TIME']);
    expect(config({ capAdd: ['ALL'], capDrop: ['SYS_ADMIN'] }).process.capabilities).toHaveLength(
      40,
    );
    expect(problems({ capAdd: ['ALL', 'KILL'], capDrop: ['KILL'] })).toEqual([
      'capAdd[1] is both added and dropped',
    ]);
    expect(problems({ capAdd: ['NET_ADMINN', ''] })).toEqual([
      'capAdd[0] is no capability',
      'capAdd[1] is no capability',
    ]);
  });

  test('no CAP_MKNOD where device rules are not enforced, unless it is asked for', () => {
    const layouts: readonly CgroupLayout[] = [
      { mode: 'v2', root: '/sys/fs/cgroup', controllers: [], enabled: [], swapAccounting: false },
      { mode: 'v1', hierarchies: { memory: '/sys/fs/cgroup/memory' }, swapAccounting: false },
      { mode: 'none', reason: 'not mounted' },
    ];
    expect(config({}).process.capabilities).toContain('CAP_MKNOD');
    for (const cgroup of layouts) {
      const host = { ...EXAMPLE_HOST, cgroup };
      expect(config({}, host).process.capabilities).toHaveLength(13);
      expect(config({}, host).process.capabilities).not.toContain('CAP_MKNOD');
      expect(config({ capAdd: ['MKNOD'] }, host).process.capabilities).toContain('CAP_MKNOD');
    }
  });

  test('none that the runtime does not hold', () => {
    const host = {
      ...EXAMPLE_HOST,
      capabilities: EXAMPLE_HOST.capabilities & ~capabilityMask(['CAP_SYS_RESOURCE', 'CAP_MKNOD']),
    };
    expect(config({ capAdd: ['ALL'] }, host).process.capabilities).toHaveLength(39);
    expect(config({}, host).process.capabilities).toHaveLength(13);
    expect(problems({ capAdd: ['SYS_RESOURCE'] }, host)).toEqual([
      expect.stringMatching(/does not hold it itself/),
    ]);
    expect(config({}, { ...host, euid: 1000, capabilities: 0n }).process.capabilities).toHaveLength(
      14,
    );
  });
});

test('protections are switched off one by one', () => {
  expect(config({ securityOpt: ['seccomp=unconfined'] })).toMatchObject({
    seccomp: 'unconfined',
    process: { noNewPrivileges: true },
  });
  expect(config({ securityOpt: ['no-new-privileges:false'] }).process.noNewPrivileges).toBe(false);
  expect(config({ securityOpt: ['systempaths=unconfined'] })).toMatchObject({
    maskedPaths: [],
    readonlyPaths: [],
  });
  expect(problems({ securityOpt: ['seccomp=/x.json', '__proto__', ''] })).toHaveLength(3);
});

test('every wrong field is listed, with its path and value', () => {
  const wrong = {
    ...{
      rootfs: 'relative',
      hostname: 'a/b',
      id: '../x',
      memory: '64mb?',
      cpus: 0,
      cpuShares: 1,
      cpusetCpus: '9',
      pidsLimit: 1.5,
      network: 'hots',
    },
    ...{
      volumes: ['/a:/proc'],
      tmpfs: ['x'],
      env: ['A'],
      workdir: '/proc/self/fd/7',
      user: '1x',
      capDrop: ['X'],
      securityOpt: ['x'],
      command: [],
      netwrok: 1,
    },
    ...{ detach: true, terminal: true, readOnly: 'yes' },
  };
  const paths = problems(JSON.parse(JSON.stringify(wrong))).map((line) => line.split(' ')[0]);
  expect(paths.toSorted()).toEqual(
    Object.keys(wrong)
      .filter((key) => key !== 'detach')
      .map((key) =>
        ['volumes', 'tmpfs', 'env', 'capDrop', 'securityOpt'].includes(key) ? `${key}[0]` : key,
      )
      .toSorted(),
  );
  expect(
    problems(JSON.parse('{ "volumes": [{}], "command": [1], "rootfs": null, "env": { "A": 1 } }')),
  ).toHaveLength(4);
});

describe('bytes that are no text', () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const R = '/srv/r\udce9sum\udce9';

  test('may be given as bytes or as text that stands for them, and are the same', () => {
    const made = config({
      rootfs: latin('/srv/r\xe9sum\xe9'),
      command: ['echo', latin('\xff')],
      env: [latin('X=\xe9')],
      workdir: latin('/w\xe7'),
      volumes: [
        latin('/v\xe8:/m\xe8:ro'),
        { source: latin('/a:\xe9'), destination: latin('/b\xe9'), readonly: true },
      ],
      tmpfs: [latin('/t\xe9:size=1m')],
      user: latin('0:0'),
    });
    expect(made.root.path).toBe(R);
    expect(made.process).toMatchObject({ args: ['echo', '\udcff'], cwd: '/w\udce7' });
    expect(made.process.env).toContain('X=\udce9');
    expect(made.mounts.slice(-3)).toMatchObject([
      { source: '/v\udce8', destination: '/m\udce8', options: ['rbind', 'ro'] },
      { source: '/a:\udce9', destination: '/b\udce9', options: ['rbind', 'ro'] },
      { type: 'tmpfs', destination: '/t\udce9' },
    ]);
    expect(
      config({
        rootfs: R,
        command: ['echo', '\udcff'],
        env: { X: latin('\xe9') },
        workdir: '/w\udce7',
        volumes: [
          '/v\udce8:/m\udce8:ro',
          { source: '/a:\udce9', destination: '/b\udce9', readonly: true },
        ],
        tmpfs: ['/t\udce9:size=1m'],
        user: '0:0',
      }),
    ).toEqual(made);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  test.each<[string, Partial<RunOptions>]>([
    ['rootfs', { rootfs: latin('/a\0b') }],
    ['rootfs', { rootfs: '/a\0\udce9' }],
    ['command[1]', { command: ['a', latin('\xe9\0')] }],
    ['env[0]', { env: [latin('A=\0')] }],
    ['env.A', { env: { A: latin('\0') } }],
    ['workdir', { workdir: latin('/\0') }],
    ['volumes[0]', { volumes: [{ source: latin('/a\0'), destination: '/b' }] }],
    ['volumes[0]', { volumes: [{ source: '/a', destination: latin('/b\0') }] }],
    ['tmpfs[0]', { tmpfs: [latin('/a\0')] }],
    ['user', { user: latin('a\0') }],
    ['network', { network: 'ns:/a\0' }],
  ])('a NUL byte is refused: %s', (path, options) => {
    expect(problems(options)).toEqual([
      expect.stringMatching(`^${path.replace(/[[\]]/g, '\\$&')} `),
    ]);
  });

  test('half a character that stands for no byte is refused', () => {
    expect(problems({ rootfs: '/a\ud83d', command: ['\udc7f'], env: ['A=\udd00'] })).toHaveLength(
      3,
    );
  });

  test('lengths are of bytes', () => {
    const long = '\udce9'.repeat(131_071);
    expect(problems({ command: [long] })).toEqual([]);
    expect(problems({ command: [`${long}a`] })[0]).toContain('longer than the 131071 bytes');
    expect(problems({ workdir: `/${'\udce9'.repeat(4094)}` })).toEqual([]);
    expect(problems({ workdir: `/${'\udce9'.repeat(4095)}` })[0]).toContain('4095 bytes');
    expect(problems({ hostname: '\udce9'.repeat(65) })[0]).toBe('hostname is 65 bytes long');
    expect(problems({ hostname: '\udce9'.repeat(64) })[0]).toContain('characters');
  });

  test('errors show them as people can read them', () => {
    const message = () => config({ rootfs: 'r\udce9', workdir: 'w\udce9' });
    expect(message).toThrow(/^rootfs: is not an absolute path \(got "r\\xe9"\)\nworkdir: /);
  });

  test('users are found by them, and their homes have them', () => {
    const passwd = 'r\udce9mi:x:7:8::/home/r\udce9mi:/bin/sh\n';
    const made = configFrom({ ...MINIMAL, user: 'r\udce9mi' }, EXAMPLE_HOST, {
      id: 'x',
      users: { passwd },
    });
    expect(made.process.user).toMatchObject({ uid: 7, gid: 8 });
    expect(made.process.env).toContain('HOME=/home/r\udce9mi');
  });
});
