// What machines boot: a Debian kernel near the host's own, an initramfs with the modules on the way
// to the disk, the shared root as its image.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type CatalogueKernel, KERNELS } from '../../kernels/fetch/catalogue.ts';
import { fetchKernel, moduleIndex } from '../../kernels/fetch/kernel.ts';
import { cpio } from '../../kernels/image/cpio.ts';
import { moduleOrder } from '../../kernels/image/modules.ts';

/** A kernel that is ready to boot. */
export interface GuestKernel {
  readonly image: string;
  readonly initrd: string;
  readonly release: string;
}

const MODULES = ['virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_net', 'ext4'];
const UNPACK: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '.xz': ['xz', '-dc'],
  '.zst': ['zstd', '-dqc'],
  '.gz': ['gzip', '-dc'],
};

/** The catalogue's newest kernel that is not newer than the host's, else its oldest. */
function nearestKernel(host: string): CatalogueKernel | undefined {
  const isPlain = ({ machine, name }: CatalogueKernel) =>
    machine === 'q35' && /^debian-[\d.]+$/.test(name);
  const number = (text: string) => {
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? [];
    return Number(major) * 1000 + Number(minor);
  };
  const plain = KERNELS.filter(isPlain);
  return plain.filter(({ name }) => number(name) <= number(host)).at(-1) ?? plain[0];
}

/**
 * Fetches the kernel and writes its initramfs into `directory`.
 * @throws Error that says why there is none.
 */
export async function prepareKernel(
  host: string,
  busybox: string,
  directory: string,
  say: (line: string) => void,
): Promise<GuestKernel> {
  const kernel = nearestKernel(host);
  if (kernel === undefined) throw new Error('the catalogue has no kernel for a machine');
  const { image, modules = '', release } = await fetchKernel(kernel, say);
  const nothing = { dependencies: '', builtIn: '' };
  const index = modules === '' ? nothing : await moduleIndex(modules, release);
  const files = moduleOrder(MODULES, index).paths.map((path) => ({
    name: basename(path).replace(/\.(xz|zst|gz)$/, ''),
    content: unpacked(join(modules, path)),
  }));
  const order = files.map(({ name }) => `${name}\n`).join('');
  const init = readFileSync(join(import.meta.dirname, 'guest/init.sh'));
  const file = 'file' as const;
  const archive = cpio([
    ...['bin', 'proc', 'dev', 'new', 'modules'].map((path) => ({
      ...{ kind: 'directory' as const, path },
    })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: file, path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    { kind: file, path: 'init', mode: 0o755, content: init },
    ...files.map(({ name, content }) => ({ kind: file, path: `modules/${name}`, content })),
    { kind: file, path: 'modules/order', content: order },
  ]);
  const initrd = join(directory, 'guest.initrd');
  writeFileSync(initrd, archive);
  return { image, initrd, release };
}

/** The root as an ext4 image, made again when the root is newer. */
export function buildImage(root: string, image: string): void {
  const made = statSync(image, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (existsSync(image) && made > statSync(join(root, '.made')).mtimeMs) return;
  const kib = Number(execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0]);
  const size = `${Math.ceil(kib * 1.3) + 8192}k`;
  const options = ['-q', '-F', '-O', '^has_journal', '-m', '0', '-d', root, image, size];
  const env = { ...process.env, PATH: `${process.env.PATH}:/sbin:/usr/sbin` };
  execFileSync('mkfs.ext4', options, { stdio: 'pipe', env });
}

function unpacked(path: string): Buffer {
  const [program, ...args] = UNPACK[extname(path)] ?? [];
  return program === undefined
    ? readFileSync(path)
    : execFileSync(program, [...args, path], { maxBuffer: 1 << 28 });
}
