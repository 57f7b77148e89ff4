// One column of the matrix, from a catalogue entry to its cells: fetch, boot, run the job, collect
// its results.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, columnName, hasSystem, isArm64 } from '../fetch/catalogue.ts';
import { type FetchedKernel, fetchKernel } from '../fetch/kernel.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import { type Accelerator, FILES, type Task } from '../guest/command.ts';
import { type GuestEnd, runGuest } from '../guest/run.ts';
import { ARM64_BUSYBOX, arm64Image } from '../image/arm64.ts';
import { debianImage } from '../image/debian.ts';
import { initramfs, jobArchive } from '../image/initramfs.ts';
import { WANTED_MODULES } from '../image/modules.ts';
import { cellsWithoutGuest, collectResults } from './collect-results.ts';
import { filesOf, type Job } from './job.ts';
import type { ColumnResult } from './results.ts';

export interface Settings {
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Further words for the kernel. */
  readonly append: readonly string[];
  /** Modules to leave out of the guest. */
  readonly without: readonly string[];
  /** Spec files that run at the same time in a guest. */
  readonly workers: number;
  readonly task: Task;
  readonly bootMs: number;
  readonly limitMs: number;
  /** Result of the speed measurement on this host, in milliseconds. */
  readonly hostSpeedMs: number;
  readonly command: string;
  readonly root: string;
}

export const BUSYBOX = join(PROJECT, 'fixtures/rootfs/out/default/bin/busybox');

/**
 * Never rejects for a kernel or guest that fails: the column says why, also for a kernel that
 * cannot be fetched.
 */
export async function runColumn(
  column: Column,
  job: Job,
  settings: Settings,
  say: (line: string) => void,
): Promise<ColumnResult> {
  const started = performance.now();
  let fetched: Fetched;
  try {
    fetched = await fetchColumn(column, say);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ...skeleton(column, settings),
      release: '',
      packages: [],
      ...{ outcome: 'unobtainable', reason },
      cells: cellsWithoutGuest(job, { kind: 'unobtainable', reason }),
      timing: { wallMs: performance.now() - started },
    };
  }
  const directory = join(PATHS.runs, columnName(column));
  mkdirSync(directory, { recursive: true });
  const end = await boot(column, fetched, filesOf(job), settings, directory, say);
  const collected = await collectResults(job, column, directory, end);
  const { release, outcome, cells, timing, ...paths } = collected;
  return {
    ...skeleton(column, settings),
    release: release ?? fetched.release,
    packages: fetched.packages.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    ...{ outcome: outcome.kind, reason: outcome.reason, cells },
    timing: {
      ...(end.initS === undefined ? {} : { initS: end.initS }),
      ...(end.readyS === undefined ? {} : { readyS: end.readyS }),
      ...timing,
      wallMs: performance.now() - started,
    },
    ...paths,
  };
}

/** An interactive shell; resolves when the guest has ended. */
export async function runShell(
  column: Column,
  settings: Settings,
  say: (line: string) => void,
): Promise<void> {
  const directory = join(PATHS.runs, columnName(column), 'shell');
  mkdirSync(directory, { recursive: true });
  await boot(
    column,
    await fetchColumn(column, say),
    { texts: {}, files: [] },
    { ...settings, task: 'shell' },
    directory,
    say,
  );
}

interface Fetched extends FetchedKernel {
  /** A distribution's image, whose init runs; undefined for our own init. */
  readonly system: string | undefined;
  /** The image of another processor; undefined: the one of this. */
  readonly foreign: string | undefined;
}

async function fetchColumn(column: Column, say: (line: string) => void): Promise<Fetched> {
  const kernel = await fetchKernel(column.kernel, say);
  const foreign = isArm64(column.kernel) ? await arm64Image(say) : undefined;
  return { ...kernel, foreign, system: hasSystem(column) ? await debianImage(say) : undefined };
}

async function boot(
  { kernel: { machine }, layout }: Column,
  kernel: Fetched,
  { texts, files }: ReturnType<typeof filesOf>,
  settings: Settings,
  directory: string,
  say: (line: string) => void,
): Promise<GuestEnd> {
  const { hostSpeedMs, command, workers, bootMs, limitMs, without } = settings;
  const wanted = WANTED_MODULES.filter(
    (name) => !without.includes(name) && !(machine === 'uml' && name.startsWith('virtio_')),
  );
  const busybox = kernel.foreign === undefined ? BUSYBOX : ARM64_BUSYBOX;
  const ramdisk = await initramfs(kernel, busybox, wanted);
  if (ramdisk.missing.length > 0) say(`the kernel has no ${ramdisk.missing.join(', no ')}`);
  const initrd = join(directory, 'initrd');
  // Its processors are threads of their own.
  const atATime = kernel.foreign === undefined ? workers : settings.cpus;
  const job = { command, workers: String(atATime), 'host-speed': String(hostSpeedMs), ...texts };
  writeFileSync(initrd, Buffer.concat([ramdisk.bytes, jobArchive(job, files)]));
  try {
    return await runGuest(
      {
        ...settings,
        root: kernel.foreign ?? settings.root,
        machine,
        image: kernel.image,
        initrd,
        system: kernel.system,
        layout,
        directory,
      },
      { bootMs, limitMs },
      say,
    );
  } finally {
    rmSync(initrd);
    rmSync(join(directory, FILES.results), { force: true });
  }
}

/** User-mode Linux is a process, so its column has no accelerator. */
function skeleton({ kernel, layout }: Column, { accelerator, append, without }: Settings) {
  const emulated = isArm64(kernel) ? 'tcg' : accelerator;
  const own: ColumnResult['accelerator'] = kernel.machine === 'uml' ? 'none' : emulated;
  return {
    kernel: kernel.name,
    layout,
    accelerator: own,
    append: [...append, ...without.map((name) => `without ${name}`)],
  };
}
