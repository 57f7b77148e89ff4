// What all step errors have in common, and starts that the kernel itself refuses.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelOpError } from '../base/errors.ts';
import { run } from '../container/container.ts';
import { readHostFacts } from '../host/read.ts';
import type { RunOptions } from '../options/index.ts';
import type { Operation } from '../plan/operations.ts';
import {
  ExampleStepError,
  type HostChanges,
  OUTER_USER,
  SYS_ADMIN,
  without,
} from './hints/example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
const { rootfs, scratch } = example;
afterAll(() => {
  example[Symbol.dispose]();
});

const clone: Operation = { kind: 'clone3', flags: ['newns', 'newpid', 'newnet'] };

const proc: Operation = {
  kind: 'mount',
  fstype: 'proc',
  target: { path: '/proc', nofollow: true, create: 'directory' },
  attributes: [],
  options: [],
};

describe('permission', () => {
  it.each<[string, HostChanges, RegExp]>([
    ['is root’s', { facts: { euid: 1000 } }, /^the effective user is 1000, .*sudo$/],
    [
      'needs a capability',
      without(SYS_ADMIN),
      /^the runtime is root without CAP_SYS_ADMIN.*--cap-add SYS_ADMIN\)$/,
    ],
    [
      'is taken by a filter',
      { host: { '/proc/self/status': 'Name:\tnode\nSeccomp:\t2\nSeccomp_filters:\t1' } },
      /seccomp filter is over the runtime itself/,
    ],
    [
      'is taken by a profile',
      { host: { '/proc/self/attr/current': 'docker-default (enforce)' } },
      /security profile "docker-default \(enforce\)"/,
    ],
    ['ends at a user namespace', { host: OUTER_USER }, /root of a user namespace only/],
  ])('%s', (_name, changes, expected) => {
    expect(hint(clone, 'clone3', 'EPERM', changes)).toMatch(expected);
    expect(hint(clone, 'clone3', 'EPERM')).toBeUndefined();
  });
});

describe('a call the kernel does not know', () => {
  it('came with a later kernel', () => {
    const old = { facts: { kernel: { release: '5.4.0', major: 5, minor: 4 } } };
    expect(hint(proc, 'openat2', 'ENOSYS', old)).toBe(
      'openat2(2) came with Linux 5.6, and this is 5.4.0: a newer kernel is needed',
    );
    expect(hint(proc, 'mount_setattr', 'ENOSYS', old)).toMatch(
      /^mount_setattr\(2\) came with Linux 5\.12/,
    );
    expect(hint(proc, 'fsopen', 'ENOSYS', old)).toMatch(/^Linux 5\.4\.0 has fsopen\(2\)/);
  });

  it('is answered by a filter when the kernel is new enough', () => {
    const filtered = { host: { '/proc/self/status': 'Seccomp:\t2' } };
    expect(hint(clone, 'clone3', 'ENOSYS', filtered)).toMatch(
      /^Linux 6\.12\.0 has clone3\(2\), so the seccomp filter over the runtime itself answers/,
    );
  });
});

const lacking = readHostFacts().euid === 0 ? '' : 'root';

describe.skipIf(lacking !== '')(
  `a start that the kernel refuses${lacking && ' (needs root)'}`,
  () => {
    beforeAll(() => {
      process.env.TERRARIUM_STATE = join(scratch, 'state');
    });
    afterAll(() => {
      delete process.env.TERRARIUM_STATE;
    });

    it.each<[code: string, options: () => Partial<RunOptions>, expected: RegExp]>([
      ['ELOOP', () => ({}), /^\/proc of \/rootfs is a symbolic link to \/tmp/],
      ['EINVAL', () => ({ uts: 'ns:/etc/passwd' }), /^\/etc\/passwd is a file, but no namespace/],
      [
        'EINVAL',
        () => ({ uts: 'ns:/proc/self/ns/net' }),
        /^\/proc\/self\/ns\/net is a net namespace, and a uts namespace is wanted$/,
      ],
      [
        'ENOENT',
        () => ({ network: 'ns:/run/netns/terrarium-none' }),
        /^there is no \/run\/netns\/terrarium-none: `ip netns add/,
      ],
    ])('%s', async (code, options, expected) => {
      const error: unknown = await run({
        rootfs,
        hostname: 'box',
        network: 'none',
        stdio: 'ignore',
        ...options(),
      }).catch((thrown: unknown) => thrown);
      if (!(error instanceof KernelOpError)) throw new Error(`not a KernelOpError: ${error}`);
      expect({ code: error.fields.code, hint: error.hint?.replaceAll(scratch, '') }).toEqual({
        code,
        hint: expect.stringMatching(expected),
      });
    });
  },
);
