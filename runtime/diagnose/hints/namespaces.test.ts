// Namespaces that are not made or joined.
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import type { CloneFlag, Operation } from '../../plan/operations.ts';
import type { ERRNO } from './errno.ts';
import { ExampleStepError, type HostChanges, SYS_ADMIN, without } from './example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
afterAll(() => {
  example[Symbol.dispose]();
});

const clone: Operation = { kind: 'clone3', flags: ['newns', 'newpid', 'newnet'] };

const setns = (path: string): Operation => ({ kind: 'setns', types: ['newuts'], path });

describe('namespaces', () => {
  it.each<[code: keyof typeof ERRNO, HostChanges, RegExp]>([
    [
      'ENOSPC',
      {
        host: {
          '/proc/sys/user/max_net_namespaces': '0',
          '/proc/sys/user/max_pid_namespaces': '99',
        },
      },
      /^user\.max_net_namespaces is 0: sysctl/,
    ],
    [
      'ENOSPC',
      { host: { '/proc/sys/user/max_net_namespaces': '5' } },
      /^a limit on namespaces is reached.*user\.max_net_namespaces=5/,
    ],
    [
      'EINVAL',
      { facts: { namespaces: ['mount', 'uts'] } },
      /^this kernel has no pid and no network namespaces/,
    ],
    [
      'EAGAIN',
      {
        host: { '/proc/self/cgroup': '8:pids:/a\n1:cpu:/', '/sys/fs/cgroup/pids/a/pids.max': '64' },
      },
      /pids\.max of the runtime's group 64 \(\/sys\/fs\/cgroup\/pids\/a\)/,
    ],
    [
      'EAGAIN',
      {
        host: {
          '/proc/self/cgroup': '0::/user.slice/user-7.slice/session-1.scope',
          '/sys/fs/cgroup/user.slice/pids.max': 'max',
          '/sys/fs/cgroup/user.slice/user-7.slice/pids.max': '99',
          '/sys/fs/cgroup/user.slice/user-7.slice/session-1.scope/pids.max': 'max',
        },
      },
      /pids\.max of the runtime's group 99 \(\/sys\/fs\/cgroup\/user\.slice\/user-7\.slice\)/,
    ],
    [
      'EAGAIN',
      {
        host: { '/proc/self/cgroup': '0::/', '/proc/self/limits': 'Max processes  7  7 processes' },
      },
      /pids\.max of the runtime's group unlimited, ulimit -u 7/,
    ],
    ['ENOMEM', {}, /no memory left/],
  ])('are not made: %s', (code, changes, expected) => {
    expect(hint(clone, 'clone3', code, changes)).toMatch(expected);
  });

  // A user namespace has limits of its own: lowered there, they affect no other test.
  it.runIf(process.geteuid?.() === 0).each<[CloneFlag, flag: string]>([
    ['newns', '--mount'],
    ['newpid', '--pid'],
    ['newnet', '--net'],
    ['newuts', '--uts'],
    ['newipc', '--ipc'],
    ['newcgroup', '--cgroup'],
    ['newuser', '--user'],
    ['newtime', '--time'],
  ])('%s has the limit that is named', (flag, option) => {
    const said = hint({ kind: 'unshare', flags: [flag] }, 'unshare', 'ENOSPC', {
      host: {
        ...Object.fromEntries(
          ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup', 'user', 'time'].map((name) => [
            `/proc/sys/user/max_${name}_namespaces`,
            '0',
          ]),
        ),
      },
    });
    const sysctl = /^(\S+) is 0: sysctl \1=1000/.exec(said ?? '')?.[1]?.replace('.', '/');
    expect(sysctl).toMatch(/^user\/max_/);
    const attempt = (limit: number) =>
      spawnSync(
        'unshare',
        [
          ...['--user', '--map-root-user', 'sh', '-c'],
          `echo ${limit} >/proc/sys/${sysctl} && exec unshare ${option} --fork true`,
        ],
        { encoding: 'utf8' },
      );
    expect(attempt(0).stderr).toMatch(/unshare failed: No space left on device/);
    expect(attempt(10)).toMatchObject({ status: 0, stderr: '' });
  });

  it('of users may be for some programs only', () => {
    const asked: Operation = { kind: 'clone3', flags: ['newuser', 'newns'] };
    const ubuntu = { host: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' } };
    expect(hint(asked, 'clone3', 'EPERM', ubuntu)).toMatch(
      /kernel\.apparmor_restrict_unprivileged_userns=0/,
    );
    expect(
      hint(asked, 'clone3', 'EPERM', {
        host: { '/proc/sys/kernel/unprivileged_userns_clone': '0' },
      }),
    ).toMatch(/unprivileged_userns_clone=1/);
    expect(hint(clone, 'clone3', 'EPERM', ubuntu)).toBeUndefined();
  });

  it('that are joined have to be there, and of the kind that is wanted', () => {
    expect(hint(setns('/run/netns/blue'), 'open', 'ENOENT')).toMatch(
      /^there is no \/run\/netns\/blue: `ip netns add blue` makes it/,
    );
    expect(hint(setns('/proc/77/ns/uts'), 'open', 'ENOENT')).toMatch(/process 77 has ended/);
    expect(hint(setns('/etc/passwd'), 'setns', 'EINVAL')).toMatch(
      /^\/etc\/passwd is a file, but no namespace/,
    );
    const link = { probe: { linkHost: () => 'net:[4026531840]' } };
    expect(hint(setns('/proc/1/ns/net'), 'setns', 'EINVAL', link)).toBe(
      '/proc/1/ns/net is a net namespace, and a uts namespace is wanted',
    );
    const bound = {
      host: { '/proc/self/mountinfo': '50 27 0:4 ipc:[4026532177] /run/ipc rw - nsfs nsfs rw' },
    };
    expect(hint(setns('/run/ipc'), 'setns', 'EINVAL', bound)).toMatch(
      /^\/run\/ipc is an ipc namespace, and a uts namespace is wanted/,
    );
    expect(hint(setns('/run/uts'), 'setns', 'EPERM', without(SYS_ADMIN))).toMatch(/CAP_SYS_ADMIN/);
    expect(hint({ ...clone, joinPid: '/run/pid' }, 'clone3', 'ENOMEM')).toMatch(
      /has lost its first process/,
    );
  });
});
