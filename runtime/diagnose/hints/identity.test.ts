// Identities, confinement and directories that are refused.
import { afterAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../plan/operations.ts';
import type { ERRNO } from './errno.ts';
import { ExampleStepError, type HostChanges, OUTER_USER, without } from './example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
afterAll(() => {
  example[Symbol.dispose]();
});

const user: Operation = { kind: 'user', uid: 1000, gid: 1000, groups: [], umask: 0o022 };

const seccomp: Operation = { kind: 'seccomp', profile: 'default', capabilities: [] };

describe('identity and confinement', () => {
  it.each<[Operation, string, keyof typeof ERRNO, RegExp, HostChanges?]>([
    [user, 'setgroups', 'EPERM', /forbids setgroups/, { host: { '/proc/self/setgroups': 'deny' } }],
    [user, 'setgroups', 'EPERM', /without CAP_SETGID/, without(6)],
    [user, 'setresuid', 'EPERM', /without CAP_SETUID/, without(7)],
    [user, 'setresuid', 'EINVAL', /is not mapped in the user namespace/, { host: OUTER_USER }],
    [user, 'setresuid', 'EAGAIN', /ulimit -u/],
    [seccomp, 'seccomp', 'EINVAL', /CONFIG_SECCOMP_FILTER/, { facts: { seccompFilter: false } }],
    [seccomp, 'seccomp', 'EINVAL', /another architecture/],
    [{ kind: 'bounding', keep: 0n, last: 40 }, 'prctl', 'EPERM', /without CAP_SETPCAP/, without(8)],
    [
      { kind: 'chdir', path: '/nope' },
      'chdir',
      'ENOENT',
      /^there is no \/nope in \/rootfs: choose another --workdir$/,
    ],
    [
      { kind: 'chdir', path: '/nope' },
      'chdir',
      'ENOENT',
      /with --read-only it is not made/,
      { options: { readOnly: true } },
    ],
    [
      { kind: 'chdir', path: '/dangling' },
      'chdir',
      'ENOENT',
      /^\/dangling is a symbolic link to \/gone/,
    ],
    [{ kind: 'chdir', path: '/etc/passwd' }, 'chdir', 'ENOTDIR', /^\/etc\/passwd is a file/],
    [{ kind: 'chdir', path: '/x' }, 'getcwd', 'ENOENT', /CVE-2024-21626/],
    [
      { kind: 'pty', columns: 80, rows: 24, uid: 0, console: true },
      'openat2',
      'ENOSPC',
      /kernel\.pty\.max allows \(4096\)/,
      { host: { '/proc/sys/kernel/pty/max': '4096' } },
    ],
    [{ kind: 'sysctl', name: 'net.x', value: '1' }, 'open', 'ENOENT', /no sysctl net\.x/],
    [
      {
        kind: 'claim',
        path: '/run/terrarium/net/7',
        what: 'address',
        holder: 'box',
        undo: { kind: 'rmlink', name: 'trx' },
      },
      'open',
      'ENOSPC',
      /\/run\/terrarium\/net is full.*TERRARIUM_STATE/,
    ],
  ])('%o: %s, %s', (operation, syscall, code, expected, changes) => {
    expect(hint(operation, syscall, code, changes)).toMatch(expected);
  });

  it('are explained by nothing where nothing is known', () => {
    expect(hint({ kind: 'setsid' }, 'setsid', 'EPERM')).toBeUndefined();
    expect(hint(user, 'setresuid', 'ENODEV')).toBeUndefined();
  });
});
