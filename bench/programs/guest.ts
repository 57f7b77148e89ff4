// What machines boot: a Debian kernel near the host's own, an initramfs with the modules on the way
// to the disk, the shared root as its image.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../harness/observe/find-program.ts';
import { type CatalogueKernel, KERNELS } from '../../kernels/fetch/catalogue.ts';
import { fetchKernel } from '../../kernels/fetch/kernel.ts';
import { initramfs } from '../../kernels/image/initramfs.ts';

/** A kernel that is ready to boot. */
export interface GuestKernel {
  readonly image: string;
  readonly initrd: string;
  readonly release: string;
}

const MODULES = ['virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_net', 'ext4'];

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
  const fetched = await fetchKernel(kernel, say);
  const scripts = { init: join(import.meta.dirname, 'guest/init.sh') };
  const { bytes } = await initramfs(fetched, busybox, MODULES, scripts);
  const initrd = join(directory, 'guest.initrd');
  writeFileSync(initrd, bytes);
  return { image: fetched.image, initrd, release: fetched.release };
}

/** The root as an ext4 image, made again when the root is newer. */
export function buildImage(root: string, image: string): void {
  const made = statSync(image, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (existsSync(image) && made > statSync(join(root, '.made')).mtimeMs) return;
  const kib = Number(execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0]);
  const size = `${Math.ceil(kib * 1.3) + 8192}k`;
  const options = ['-q', '-F', '-O', '^has_journal', '-m', '0', '-d', root, image, size];
  execFileSync(findProgram('mkfs.ext4') ?? 'mkfs.ext4', options, { stdio: 'pipe' });
}
