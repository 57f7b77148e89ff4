import { describe, expect, it } from 'vitest';
import {
  type CgroupFiles,
  type CgroupPlace,
  cgroupLayout,
  NOT_MOUNTED,
  usualLayout,
} from './cgroup-layout.ts';
import { parseMountInfo } from './mountinfo.ts';

/** A host on which just these files exist. */
function files(texts: Record<string, string>): CgroupFiles {
  return { read: (path) => texts[path], exists: (path) => path in texts };
}

const layoutOf = (mountinfo: string, texts: Record<string, string> = {}) =>
  cgroupLayout(parseMountInfo(mountinfo), files(texts));

// systemd 252 with systemd.unified_cgroup_hierarchy=0
const HYBRID = `24 30 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
32 24 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,size=4096k,nr_inodes=1024,mode=755,inode64
33 32 0:28 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
34 32 0:29 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
39 32 0:34 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,net_cls,net_prio
40 32 0:35 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,cpu,cpuacct
41 32 0:36 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,memory
42 32 0:37 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,pids
43 32 0:38 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,devices
44 32 0:39 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:20 - cgroup cgroup rw,cpuset
`;

const V2 = `24 30 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
32 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`;

const HIERARCHIES = {
  memory: '/sys/fs/cgroup/memory',
  cpu: '/sys/fs/cgroup/cpu,cpuacct',
  cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
  cpuset: '/sys/fs/cgroup/cpuset',
  pids: '/sys/fs/cgroup/pids',
  devices: '/sys/fs/cgroup/devices',
};

describe('cgroupLayout', () => {
  it('is hybrid with v1 controllers and a v2 tree, cpu and cpuacct on one mount', () => {
    expect(layoutOf(HYBRID, { '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes': '' })).toEqual({
      mode: 'hybrid',
      hierarchies: HIERARCHIES,
      unified: '/sys/fs/cgroup/unified',
      swapAccounting: true,
    });
  });

  it('is v1 without the v2 tree', () => {
    const text = HYBRID.split('\n')
      .filter((line) => !line.includes('cgroup2'))
      .join('\n');
    expect(layoutOf(text)).toEqual({ mode: 'v1', hierarchies: HIERARCHIES, swapAccounting: false });
  });

  it('is v2, with what the root offers and what it already passes on', () => {
    const texts = {
      '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
      '/sys/fs/cgroup/cgroup.subtree_control': 'memory pids\n',
      '/proc/swaps': '',
      '/proc/cmdline': 'quiet',
      '/proc/sys/kernel': '',
    };
    expect(layoutOf(V2, texts)).toEqual({
      mode: 'v2',
      root: '/sys/fs/cgroup',
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
      enabled: ['memory', 'pids'],
      swapAccounting: true,
    });
    expect(layoutOf(V2, { ...texts, '/proc/cmdline': 'ro swapaccount=0 quiet' })).toMatchObject({
      swapAccounting: false,
    });
    expect(layoutOf(V2, { '/proc/sys/kernel': '' })).toMatchObject({
      ...{ swapAccounting: false, controllers: [], enabled: [] },
    });
  });

  it('takes v2 to have what a /proc with processes alone does not say', () => {
    expect(layoutOf(V2, {})).toMatchObject({ swapAccounting: true, devicePrograms: true });
  });

  it('is v2 when the only v1 mount carries nothing that limits', () => {
    const text = `${V2}50 24 0:50 / /net_cls rw - cgroup cgroup rw,net_cls\n`;
    expect(layoutOf(text)).toMatchObject({ mode: 'v2', root: '/sys/fs/cgroup' });
  });

  it('is none, with the reason, when nothing is mounted', () => {
    expect(layoutOf('27 1 254:0 / / rw - ext4 /dev/vda rw')).toEqual({
      mode: 'none',
      reason: NOT_MOUNTED,
    });
  });

  it('is none when all is read-only, by the mount or by the file system', () => {
    const reason = expect.stringMatching(/^cgroups are mounted read-only at \/sys\/fs\/cgroup,/);
    expect(layoutOf(V2.replace('/sys/fs/cgroup rw', '/sys/fs/cgroup ro'))).toEqual({
      mode: 'none',
      reason,
    });
    expect(layoutOf(V2.replace('cgroup2 rw', 'cgroup2 ro'))).toEqual({ mode: 'none', reason });
  });

  it('leaves out a single hierarchy that is read-only', () => {
    const layout = layoutOf(HYBRID.replace('/sys/fs/cgroup/pids rw', '/sys/fs/cgroup/pids ro'));
    expect(layout).toMatchObject({ mode: 'hybrid', hierarchies: { memory: HIERARCHIES.memory } });
    expect(layout).not.toHaveProperty('hierarchies.pids');
  });

  it('is none when only a named hierarchy is there', () => {
    expect(
      layoutOf('50 24 0:50 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd'),
    ).toEqual({
      mode: 'none',
      reason: 'no memory, cpu or pids controller is mounted writable',
    });
  });

  it('takes the conventional place of a hierarchy that is mounted twice', () => {
    const text = `20 1 0:36 / /var/lib/box/cgroup/memory rw - cgroup cgroup rw,memory\n${HYBRID}`;
    expect(layoutOf(text)).toMatchObject({ hierarchies: { memory: '/sys/fs/cgroup/memory' } });
  });

  // A service of systemd 257 with ProtectControlGroups=yes.
  it('does not take a file that systemd has bound for the root', () => {
    const unit = '/system.slice/web.service';
    const text = `${V2.replace(' rw,nosuid,nodev,noexec,relatime shared:9', ' ro,nosuid,nodev,noexec,relatime shared:9')}
60 32 0:27 ${unit}/memory.pressure /sys/fs/cgroup${unit}/memory.pressure rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate`;
    expect(layoutOf(text)).toEqual({
      mode: 'none',
      reason: expect.stringContaining(
        'mounted read-only at /sys/fs/cgroup, as ProtectControlGroups=',
      ),
    });
  });

  it('does not use a mount that is hidden by another', () => {
    const text = `${V2}60 32 0:60 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n`;
    expect(layoutOf(text)).toMatchObject({ mode: 'none' });
  });
});

describe('the usual place', () => {
  const all = 'cpuset cpu io memory hugetlb pids\n';
  const place = (
    change: {
      readonly type?: number;
      readonly readOnly?: true;
      readonly controllers?: string;
    } = {},
  ): CgroupPlace => ({
    ...files({
      '/sys/fs/cgroup/cgroup.controllers': change.controllers ?? all,
      '/sys/fs/cgroup/cgroup.subtree_control': 'memory pids\n',
    }),
    fileSystem: (path) => (path === '/sys/fs/cgroup' ? (change.type ?? 0x63677270) : undefined),
    writable: () => !change.readOnly,
  });

  it('says what the table would say', () => {
    const table = parseMountInfo(
      '27 1 0:1 / / rw - ext4 a rw\n35 27 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
    );
    expect(usualLayout(place())).toMatchObject({ mode: 'v2', root: '/sys/fs/cgroup' });
    expect(usualLayout(place())).toEqual(cgroupLayout(table, place()));
  });

  it.each([
    ['another file system: v1, hybrid, or hidden by sysfs', { type: 0x01021994 }],
    ['a read-only mount', { readOnly: true as const }],
    ['a tree without the memory controller: it may be on v1', { controllers: 'cpu pids\n' }],
    ['a tree without controllers', { controllers: '' }],
  ])('leaves %s to the table', (_, change) => {
    expect(usualLayout(place(change))).toBeUndefined();
  });
});

describe('the usual places of v1', () => {
  const lines = '5:cpuset:/\n4:net_cls,net_prio:/\n3:devices:/\n2:pids:/\n1:cpu,cpuacct:/\n';
  const memory = '6:memory:/box\n';
  const place = (
    change: {
      readonly elsewhere?: string;
      readonly readOnly?: string;
      readonly lines?: string;
    } = {},
  ): CgroupPlace => ({
    ...files({ '/proc/self/cgroup': `${change.lines ?? memory + lines}9:name=systemd:/\n0::/\n` }),
    fileSystem: (path) => {
      if (path === '/sys/fs/cgroup' || path === change.elsewhere) return 0x01021994;
      return path.endsWith('/unified') ? 0x63677270 : 0x27e0eb;
    },
    writable: (path) => path !== change.readOnly,
  });

  it('say what the table would say', () => {
    expect(usualLayout(place())).toEqual(cgroupLayout(parseMountInfo(HYBRID), files({})));
  });

  it.each([
    ['a hierarchy that is elsewhere', { elsewhere: '/sys/fs/cgroup/pids' }],
    ['no v2 tree at its place', { elsewhere: '/sys/fs/cgroup/unified' }],
    ['a read-only hierarchy', { readOnly: '/sys/fs/cgroup/memory/tasks' }],
    ['a host whose memory controller is on v2', { lines }],
    ['a host without a list of hierarchies', { lines: '' }],
  ])('leave %s to the table', (_, change) => {
    expect(usualLayout(place(change))).toBeUndefined();
  });
});
