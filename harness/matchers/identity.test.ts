// A name and a root are judged by the kernel, whatever the shell prints.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import './index.ts';
import { plainBox } from './plain-box.ts';

const rootfs = join(import.meta.dirname, '../../fixtures/rootfs/out/default');

test('a hostname that only hostname(1) knows', async ({ task }) => {
  const own = await plainBox(task);
  await expect(own).toHaveHostname(hostname());
  const lying = await plainBox(task, [], { hostname: 'echo web1' });
  await expect(expect(lying).toHaveHostname('web1')).rejects.toThrow(
    `hostname is not web1: web1, seen from the host: ${hostname()}`,
  );
  const apart = await plainBox(task, ['unshare', '--uts', 'sh', '-c', 'hostname web1; exec sh']);
  await expect(apart).toHaveHostname('web1');
});

test('a shell behind chroot(2), and one that has the host’s root mounted', async ({ task }) => {
  const behind = await plainBox(task, ['chroot', rootfs]);
  await expect(behind).toHaveRoot(rootfs);
  await expect(behind).not.toHaveRoot('/');
  await expect(expect(behind).toBeConfinedTo(rootfs)).rejects.toThrow(
    /^a plain shell: root of the/,
  );
  const script = (last: string) =>
    `mount --rbind "$1" "$1" && cd "$1" && pivot_root . mnt && cd / && ${last} exec /bin/sh`;
  const pivoted = (last: string) =>
    plainBox(task, ['unshare', '--mount', 'sh', '-c', script(last), rootfs, rootfs]);
  const halfway = await pivoted('');
  await expect(halfway).toHaveRoot(rootfs);
  await expect(expect(halfway).toBeConfinedTo(rootfs)).rejects.toThrow(
    'mounts that show the host’s root is not none: /mnt',
  );
  await expect(await pivoted('/bin/busybox umount -l /mnt &&')).toBeConfinedTo(rootfs);
});
