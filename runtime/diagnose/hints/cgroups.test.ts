// Cgroups that are not made, limited or joined.
import { afterAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../plan/operations.ts';
import { probeRootfs } from '../../rootfs/probe.ts';
import type { ERRNO } from './errno.ts';
import { ExampleStepError, type HostChanges, SYS_ADMIN, without } from './example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
afterAll(() => {
  example[Symbol.dispose]();
});

const clone: Operation = { kind: 'clone3', flags: ['newns', 'newpid', 'newnet'] };

const mkcgroup: Operation = {
  kind: 'mkcgroup',
  controller: 'unified',
  path: '/sys/fs/cgroup/terrarium-box',
  undo: { kind: 'rmcgroup', path: '/sys/fs/cgroup/terrarium-box' },
};

const write = (file: string, value: string): Operation => ({
  kind: 'write',
  path: `/sys/fs/cgroup/terrarium-box/${file}`,
  value,
});

const joining: Operation = {
  kind: 'join_cgroup',
  tasks: '/sys/fs/cgroup/cpuset/terrarium-box/tasks',
};

describe('cgroups', () => {
  it.each<[Operation, string, keyof typeof ERRNO, RegExp, HostChanges?]>([
    [mkcgroup, 'mkdir', 'EEXIST', /^another state directory .*choose another --name$/],
    [
      mkcgroup,
      'mkdir',
      'EEXIST',
      /end processes 12, 34 with `kill -9 12 34`/,
      { host: { '/sys/fs/cgroup/terrarium-box/cgroup.procs': '12\n34' } },
    ],
    [mkcgroup, 'mkdir', 'EROFS', /^the cgroups are mounted read-only at \/sys\/fs\/cgroup,/],
    [mkcgroup, 'mkdir', 'EACCES', /has not delegated it/],
    [mkcgroup, 'mkdir', 'EACCES', /^the effective user is 1000/, { facts: { euid: 1000 } }],
    [mkcgroup, 'mkdir', 'ENOSPC', /65535/],
    [mkcgroup, 'mkdir', 'EAGAIN', /cgroup\.max\.descendants/],
    [mkcgroup, 'mkdir', 'ENOENT', /^\/sys\/fs\/cgroup is not there/],
    [
      write('cpuset.cpus', '9'),
      'write',
      'ERANGE',
      /^9 is not among the processors 0-1 that are online/,
    ],
    [
      write('cpuset.mems', '1'),
      'write',
      'EINVAL',
      /^1 is not among the memory nodes 0 that are online/,
    ],
    [
      write('cpuset.cpus', '1'),
      'write',
      'EACCES',
      /^the group above has only 0 in cpuset\.cpus, and 1 is more/,
      { host: { '/sys/fs/cgroup/cpuset.cpus': '0' } },
    ],
    [write('cpuset.cpus', '1'), 'write', 'EBUSY', /for itself alone/],
    [
      write('cpu.cfs_quota_us', '50'),
      'write',
      'EINVAL',
      /^the CPU quota is at least 1000 .*: 50 was written$/,
    ],
    [
      write('cpu.cfs_quota_us', '90000'),
      'write',
      'EINVAL',
      /the group above, which has 50000/,
      { host: { '/sys/fs/cgroup/cpu.cfs_quota_us': '50000' } },
    ],
    [
      write('memory.memsw.limit_in_bytes', '1'),
      'open',
      'ENOENT',
      /swapaccount=1/,
      { probe: { statHost: existing } },
    ],
    [
      write('cpu.max', '1'),
      'open',
      'ENOENT',
      /CONFIG_CFS_BANDWIDTH/,
      { probe: { statHost: existing } },
    ],
    [
      write('pids.max', '1'),
      'open',
      'ENOENT',
      /^\/sys\/fs\/cgroup\/terrarium-box has been removed/,
      { probe: { statHost: () => undefined } },
    ],
    [write('memory.max', '4096'), 'write', 'EBUSY', /uses more than 4096 already/],
    [
      write('devices.allow', 'c 1:3 rwm'),
      'write',
      'EPERM',
      /^the group above does not allow "c 1:3 rwm" itself/,
    ],
    [
      write('devices.allow', 'c 1:3 rwm'),
      'write',
      'EPERM',
      /without CAP_SYS_ADMIN/,
      without(SYS_ADMIN),
    ],
    [
      write('cgroup.subtree_control', '+io'),
      'write',
      'EBUSY',
      /a group with processes passes no controllers on/,
    ],
    [write('cgroup.subtree_control', '+io'), 'write', 'EINVAL', /asks for another/],
    [write('pids.max', '1'), 'open', 'EROFS', /mounted read-only at \/sys\/fs\/cgroup/],
    [joining, 'write', 'ENOSPC', /cpuset\.cpus and cpuset\.mems are empty/],
    [joining, 'write', 'EAGAIN', /raise --pids-limit/],
    [joining, 'write', 'ENOMEM', /raise --memory/],
    [
      { ...clone, cgroup: '/sys/fs/cgroup/a' },
      'clone3',
      'EBUSY',
      /passes controllers on to groups below it/,
    ],
  ])('%o: %s, %s', (operation, syscall, code, expected, changes) => {
    expect(hint(operation, syscall, code, changes)).toMatch(expected);
  });
});

function existing() {
  return probeRootfs('/').statHost('/');
}
