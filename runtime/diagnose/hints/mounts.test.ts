// Mounts that are refused, by what the root file system and the host are like.
import { afterAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../plan/operations.ts';
import type { ERRNO } from './errno.ts';
import {
  ExampleStepError,
  HOST_FILES,
  OUTER_USER,
  SYS_ADMIN,
  without,
} from './example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
const { rootfs, scratch } = example;
afterAll(() => {
  example[Symbol.dispose]();
});

const proc: Operation = {
  kind: 'mount',
  fstype: 'proc',
  target: { path: '/proc', nofollow: true, create: 'directory' },
  attributes: [],
  options: [],
};

const MASKED = `${HOST_FILES['/proc/self/mountinfo']}\n40 22 0:5 /null /proc/kcore rw - tmpfs tmpfs rw\n41 22 0:6 / /proc/acpi ro - tmpfs tmpfs ro`;

describe('mounts', () => {
  it('of proc are refused where /proc is masked and the namespace is a user’s', () => {
    const nested = { host: { ...OUTER_USER, '/proc/self/mountinfo': MASKED } };
    expect(hint(proc, 'fsmount', 'EPERM', nested)).toMatch(
      /^parts of \/proc are masked here \(\/proc\/kcore, \/proc\/acpi\), so .* unmask=ALL \(podman\)/,
    );
    // The host's own root is refused for another reason, masked or not.
    expect(
      hint(proc, 'fsmount', 'EPERM', { host: { '/proc/self/mountinfo': MASKED } }),
    ).toBeUndefined();
    expect(hint(proc, 'fsmount', 'EPERM', { host: OUTER_USER, options: { pid: 'host' } })).toMatch(
      /for a pid namespace of its own/,
    );
    expect(hint(proc, 'fsmount', 'EPERM', without(SYS_ADMIN))).toMatch(/without CAP_SYS_ADMIN/);
  });

  it('on a symbolic link that must not be followed name it', () => {
    expect(hint(proc, 'openat2', 'ELOOP')).toMatch(
      /^\/proc of \/rootfs is a symbolic link to \/tmp, .*CVE-2019-19921/,
    );
  });

  it.each<[code: keyof typeof ERRNO, syscall: string, target: string, expected: RegExp]>([
    ['ENODEV', 'fsopen', '/opt', /^this kernel has no file system tmpfs/],
    ['EINVAL', 'fsconfig', '/opt', /does not take one of these options or values: size=64q;/],
    [
      'EINVAL',
      'move_mount',
      '/etc/passwd',
      /^\/etc\/passwd of \/rootfs is a file, and a tmpfs can only be mounted on a directory/,
    ],
    ['ENOSPC', 'move_mount', '/opt', /holds 100000 mounts at most/],
    [
      'ENOTDIR',
      'openat2',
      '/etc/passwd/x',
      /^\/etc\/passwd of \/rootfs is a file, and \/etc\/passwd\/x needs a directory/,
    ],
    [
      'ENOENT',
      'openat2',
      '/dangling/x',
      /^\/dangling of \/rootfs is a symbolic link to \/gone, which is not there/,
    ],
    [
      'EROFS',
      'mkdirat',
      '/new/x',
      /^\/new has to be made to mount there, and \/rootfs is on a read-only file system/,
    ],
    ['ENOSPC', 'mkdirat', '/new/x', /^the file system of \/rootfs is full/],
    ['EXDEV', 'openat2', '/opt', /leaves \/rootfs/],
  ])('with %s of %s on %s', (code, syscall, path, expected) => {
    const tmpfs: Operation = {
      kind: 'mount',
      fstype: 'tmpfs',
      target: { path, create: 'directory' },
      attributes: [],
      options: ['size=64q'],
    };
    expect(hint(tmpfs, syscall, code, { host: { '/proc/sys/fs/mount-max': '100000' } })).toMatch(
      expected,
    );
  });

  it.each<
    [code: keyof typeof ERRNO, syscall: string, source: string, target: string, expected: RegExp]
  >([
    ['ENOENT', 'open_tree', '/volume/none', '/opt', /^there is no \/volume\/none on the host$/],
    [
      'EINVAL',
      'move_mount',
      '/volume',
      '/etc/passwd',
      /^\/volume is a directory, and \/etc\/passwd of \/rootfs is a file/,
    ],
    [
      'ENOTDIR',
      'move_mount',
      '/volume/file',
      '/opt',
      /^\/volume\/file is a file, and \/opt of \/rootfs is a directory: name the file, \/opt\/file$/,
    ],
    ['ELOOP', 'move_mount', '/volume', '/opt', /inside itself/],
    ['ELOOP', 'open_tree', '/volume', '/opt', /leads back to itself/],
    ['EBUSY', 'move_mount', '/volume', '/opt', /cannot be covered/],
    [
      'EINVAL',
      'open_tree',
      '/volume',
      '/opt',
      /unbindable, or locked by an outer container: take the option bind/,
    ],
  ])('of volumes with %s of %s: %s on %s', (code, syscall, source, path, expected) => {
    const volume: Operation = {
      kind: 'bind',
      source: `${scratch}${source}`,
      target: { path, create: 'like-source' },
      recursive: true,
      attributes: [],
    };
    expect(hint(volume, syscall, code)).toMatch(expected);
  });

  it('of the root need one that can be left', () => {
    const initramfs = { host: { '/proc/self/mountinfo': '1 1 0:2 / / rw - rootfs rootfs rw' } };
    expect(hint({ kind: 'pivot_root' }, 'pivot_root', 'EINVAL', initramfs)).toMatch(
      /initramfs, which pivot_root cannot leave/,
    );
    expect(
      hint({ kind: 'propagation', to: 'private' }, 'mount', 'EINVAL', {
        host: { '/proc/self/mountinfo': '' },
      }),
    ).toMatch(/runs in a chroot/);
    expect(hint({ kind: 'root', source: rootfs, attributes: [] }, 'open', 'ENOTDIR')).toMatch(
      /^\/rootfs is no directory/,
    );
  });

  it('of devices meet the group of the outer container', () => {
    const device: Operation = {
      kind: 'mknod',
      target: { path: '/dev/null', nofollow: true },
      type: 'c',
      major: 1,
      minor: 3,
      mode: 0o666,
    };
    expect(hint(device, 'mknodat', 'EPERM')).toMatch(/cgroup may forbid making device nodes/);
    expect(hint({ kind: 'mask', target: { path: '/proc/kcore' } }, 'statx', 'ENODEV')).toMatch(
      /not the null device/,
    );
  });
});
