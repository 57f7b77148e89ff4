// What machines boot: a Debian kernel near the host's own, an initramfs with the modules on the way
// to the disk, the shared root as its image.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CatalogueKernel, KERNELS } from '../../kernels/fetch/catalogue.ts';
import { fetchKernel, moduleIndex } from '../../kernels/fetch/kernel.ts';
import { cpio } from '../../kernels/image/cpio.ts';
import { moduleOrder } from '../../kernels/image/modules.ts';

/** A kernel that was made ready. */
export interface GuestKernel {
  readonly image: string;
  readonly initrd: string;
  readonly release: string;
}

const MODULES = ['virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_net', 'ext4'];

/** The catalogue's newest kernel that is not newer than the host's, else its oldest. Pure. */
function nearestKernel(
  hostRelease: string,
  kernels: readonly CatalogueKernel[] = KERNELS,
): CatalogueKernel | undefined {
  const plain = kernels.filter(
    ({ machine, name }) => machine === 'q35' && /^debian-[\d.]+$/.test(name),
  );
  const number = (text: string) => {
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? [];
    return Number(major) * 1000 + Number(minor);
  };
  const host = number(hostRelease);
  return plain.filter(({ name }) => number(name) <= host).at(-1) ?? plain[0];
}

/**
 * Fetches the kernel and writes its initramfs into `directory`. Throws an Error that says why there
 * is none.
 */
export async function prepareKernel(
  hostRelease: string,
  busybox: string,
  directory: string,
  say: (line: string) => void,
): Promise<GuestKernel> {
  const kernel = nearestKernel(hostRelease);
  if (kernel === undefined) throw new Error('the catalogue has no kernel for a machine');
  const { image, modules, release } = await fetchKernel(kernel, say);
  const { paths } = moduleOrder(
    MODULES,
    modules === undefined ? { dependencies: '', builtIn: '' } : await moduleIndex(modules, release),
  );
  const files = paths.map((path) => ({
    name: basename(path).replace(/\.(xz|zst|gz)$/, ''),
    content: unpacked(join(modules ?? '', path)),
  }));
  const initrd = join(directory, 'guest.initrd');
  const archive = cpio([
    ...['bin', 'proc', 'dev', 'new', 'modules'].map((path) => ({
      kind: 'directory' as const,
      path,
    })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    {
      kind: 'file',
      path: 'init',
      mode: 0o755,
      content: readFileSync(join(import.meta.dirname, 'guest/init.sh')),
    },
    ...files.map(({ name, content }) => ({
      kind: 'file' as const,
      path: `modules/${name}`,
      content,
    })),
    { kind: 'file', path: 'modules/order', content: files.map(({ name }) => `${name}\n`).join('') },
  ]);
  writeFileSync(initrd, archive);
  return { image, initrd, release };
}

/** The root as an ext4 image beside it, made again when the root is newer. */
export function buildImage(root: string, image: string): void {
  const stamp = statSync(join(root, '.made')).mtimeMs;
  if (existsSync(image) && statSync(image).mtimeMs > stamp) return;
  const kib = Number(execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0]);
  const options = [
    '-q',
    '-F',
    '-O',
    '^has_journal',
    '-m',
    '0',
    '-d',
    root,
    image,
    `${Math.ceil(kib * 1.3) + 8192}k`,
  ];
  execFileSync('mkfs.ext4', options, {
    stdio: 'pipe',
    env: { ...process.env, PATH: `${process.env.PATH}:/sbin:/usr/sbin` },
  });
}

function unpacked(path: string): Buffer {
  const by: Readonly<Record<string, readonly string[]>> = {
    xz: ['xz', '-dc'],
    zst: ['zstd', '-dqc'],
    gz: ['gzip', '-dc'],
  };
  const [program, ...args] = by[path.slice(path.lastIndexOf('.') + 1)] ?? [];
  return program === undefined
    ? readFileSync(path)
    : execFileSync(program, [...args, path], { maxBuffer: 1 << 28 });
}
