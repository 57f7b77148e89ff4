// The initramfs: an archive that cpio(1) and the kernel read, and modules in an order that insmod
// can take. The root image: what it depends on.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cpio } from './cpio.ts';
import { moduleOrder } from './modules.ts';
import { digestOf } from './root.ts';

describe('the archive', () => {
  const bytes = cpio([
    { kind: 'directory', path: 'bin' },
    { kind: 'file', path: 'bin/one', content: 'four', mode: 0o755 },
    { kind: 'link', path: 'bin/two', to: 'one' },
    { kind: 'device', path: 'console', major: 5, minor: 1 },
  ]);

  it('is of the new format, its members filled up to four bytes', () => {
    expect(bytes.subarray(0, 6).toString()).toBe('070701');
    expect(bytes.length % 4).toBe(0);
    expect(bytes.indexOf('TRAILER!!!')).toBeGreaterThan(0);
  });

  it('is read by BusyBox', () => {
    const listed = execFileSync('busybox', ['cpio', '-tv'], {
      input: bytes,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(listed).toMatch(/^-rwxr-xr-x .* 4 .* bin\/one$/m);
    expect(listed).toMatch(/bin\/two -> one$/m);
  });

  it('is the same bytes for the same entries', () => {
    const entries = [{ kind: 'file', path: 'a', content: 'b' } as const];
    expect(cpio(entries).equals(cpio(entries))).toBe(true);
  });
});

describe('the digest of what goes into an image', () => {
  it('changes with its files, and with the list of installed packages', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'terrarium-digest-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    for (const path of ['fixtures/a', 'fixtures/out/b', 'fixtures/.c', '.package-lock.json']) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), '');
    }
    const digest = () => digestOf(directory, ['fixtures', '.package-lock.json'], ['fixtures/out']);
    const changedBy = async (path: string) => {
      const before = await digest();
      appendFileSync(join(directory, path), 'x');
      return (await digest()) !== before;
    };
    expect(await changedBy('fixtures/a')).toBe(true);
    expect(await changedBy('.package-lock.json')).toBe(true);
    expect(await changedBy('fixtures/out/b')).toBe(false);
    expect(await changedBy('fixtures/.c')).toBe(false);
  });
});

describe('modules', () => {
  const index = {
    dependencies: [
      'kernel/a/virtio-pci.ko.xz: kernel/a/virtio.ko.xz kernel/a/ring.ko.xz',
      'kernel/a/virtio.ko.xz: kernel/a/ring.ko.xz',
      'kernel/a/ring.ko.xz:',
      '',
    ].join('\n'),
    builtIn: 'kernel/fs/overlayfs/overlay.ko\n',
  };

  it('come after what they need, each once; dash and underscore are one', () => {
    expect(moduleOrder(['virtio_pci', 'virtio'], index).paths).toEqual([
      'kernel/a/ring.ko.xz',
      'kernel/a/virtio.ko.xz',
      'kernel/a/virtio-pci.ko.xz',
    ]);
  });

  it('come after what they only ask for by name', () => {
    const dependencies = 'kernel/lib/libcrc32c.ko:\nkernel/crypto/crc32c_generic.ko:\n';
    expect(moduleOrder(['libcrc32c'], { dependencies, builtIn: '' }).paths).toEqual([
      'kernel/crypto/crc32c_generic.ko',
      'kernel/lib/libcrc32c.ko',
    ]);
  });

  it('that are built in are not missing, others are named', () => {
    expect(moduleOrder(['overlay', 'veth'], index)).toEqual({ paths: [], missing: ['veth'] });
    expect(moduleOrder(['overlay', 'veth'], { ...index, builtIn: '' }).missing).toEqual([]);
  });
});
