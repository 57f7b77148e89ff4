// Chooses KVM or emulation by booting a probe guest with KVM: some /dev/kvm hang stock kernels.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FetchedKernel } from '../fetch/kernel.ts';
import { PATHS } from '../fetch/paths.ts';
import { initramfs, jobArchive } from '../image/initramfs.ts';
import { WANTED_MODULES } from '../image/modules.ts';
import type { Accelerator } from './command.ts';
import { runGuest } from './run.ts';

/** Time limit of the probe. A guest with KVM boots in two seconds. */
const PROBE_MS = 12_000;

export interface Choice {
  readonly accelerator: Accelerator;
  /** Why, in words for the report. */
  readonly because: string;
}

export async function chooseAccelerator(
  kernel: FetchedKernel,
  root: string,
  busybox: string,
): Promise<Choice> {
  if (!existsSync('/dev/kvm')) return { accelerator: 'tcg', because: 'there is no /dev/kvm' };
  const directory = join(PATHS.runs, 'probe');
  mkdirSync(directory, { recursive: true });
  const initrd = join(directory, 'initrd');
  const { bytes } = await initramfs(kernel, busybox, WANTED_MODULES);
  writeFileSync(initrd, Buffer.concat([bytes, jobArchive({ probe: '' })]));
  try {
    const request = {
      image: kernel.image,
      initrd,
      root,
      layout: 'v2',
      task: 'probe',
      accelerator: 'kvm',
      cpus: 1,
      memoryMiB: 512,
      append: [],
      directory,
    } as const;
    const { outcome, wallMs } = await runGuest(request, { bootMs: PROBE_MS, limitMs: PROBE_MS });
    return outcome.kind === 'completed'
      ? {
          accelerator: 'kvm',
          because: `a guest with KVM came up and ended in ${(wallMs / 1000).toFixed(1)} s`,
        }
      : {
          accelerator: 'tcg',
          because: `a guest with KVM did not come up (${outcome.kind}: ${outcome.reason})`,
        };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
