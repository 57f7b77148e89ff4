// One column of the matrix, from a catalogue entry to its cells: fetch, boot, run the specs, bring
// the evidence home, render its page.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../harness/evidence/model.ts';
import type { Selection } from '../../specs/support/selection.ts';
import { type Column, columnName, hasSystem } from '../fetch/catalogue.ts';
import { type FetchedKernel, fetchKernel } from '../fetch/kernel.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import { type Accelerator, FILES, type Task } from '../guest/command.ts';
import type { Outcome } from '../guest/outcome.ts';
import { type GuestEnd, runGuest } from '../guest/run.ts';
import { debianImage } from '../image/debian.ts';
import { initramfs, jobArchive } from '../image/initramfs.ts';
import { WANTED_MODULES } from '../image/modules.ts';
import { evidenceIn, noEvidence, publish, readOr } from './collect-results.ts';
import { type Cell, type ColumnResult, cellsOf } from './results.ts';

export interface Settings {
  readonly accelerator: Accelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Further words for the kernel. */
  readonly append: readonly string[];
  /** Modules to leave out of the guest. */
  readonly without: readonly string[];
  /** Files of specs at a time in a guest. */
  readonly workers: number;
  readonly task: Task;
  readonly bootMs: number;
  readonly limitMs: number;
  /** Milliseconds of the speed measurement on this host. */
  readonly hostSpeedMs: number;
  readonly command: string;
  readonly root: string;
}

export const BUSYBOX = join(PROJECT, 'fixtures/rootfs/out/default/bin/busybox');

/**
 * Never rejects for what a kernel or a guest does: a kernel that cannot be had is a column that
 * says so.
 */
export async function runColumn(
  column: Column,
  selection: Selection,
  settings: Settings,
  say: (line: string) => void,
): Promise<ColumnResult> {
  const started = performance.now();
  let fetched: Fetched;
  try {
    fetched = await fetchColumn(column, say);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const outcome: Outcome = { kind: 'unobtainable', reason };
    return {
      ...skeleton(column, settings),
      release: '',
      packages: [],
      ...judged(selection, undefined, outcome),
      timing: { wallMs: performance.now() - started },
    };
  }
  const directory = join(PATHS.runs, columnName(column));
  mkdirSync(directory, { recursive: true });
  const end = await boot(column, fetched, selection, settings, directory, say);
  const evidence = evidenceIn(end.results);
  const outcome =
    evidence === undefined && end.outcome.kind === 'completed'
      ? noEvidence(directory)
      : end.outcome;
  const cells = judged(selection, evidence, outcome);
  const speed = readOr(join(end.results, 'speed-factor')).trim();
  return {
    ...skeleton(column, settings),
    release: evidence?.host.kernel ?? fetched.release,
    packages: fetched.packages.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    ...cells,
    timing: {
      ...(end.initS === undefined ? {} : { initS: end.initS }),
      ...(end.readyS === undefined ? {} : { readyS: end.readyS }),
      ...(evidence === undefined ? {} : { specsMs: evidence.durationMs }),
      ...(speed === '' ? {} : { speedFactor: Number(speed) }),
      wallMs: performance.now() - started,
    },
    ...(await publish(column, directory, evidence)),
  };
}

/** Interactive: resolves when the shell and with it the guest has ended. */
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
    { ids: [], arguments: [] },
    { ...settings, task: 'shell' },
    directory,
    say,
  );
}

interface Fetched extends FetchedKernel {
  /** The image of a distribution whose init the guest has; undefined for our own. */
  readonly system: string | undefined;
}

async function fetchColumn(column: Column, say: (line: string) => void): Promise<Fetched> {
  const kernel = await fetchKernel(column.kernel, say);
  return { ...kernel, system: hasSystem(column) ? await debianImage(say) : undefined };
}

async function boot(
  { kernel: { machine }, layout }: Column,
  kernel: Fetched,
  selection: Selection,
  settings: Settings,
  directory: string,
  say: (line: string) => void,
): Promise<GuestEnd> {
  const { hostSpeedMs, command, workers, bootMs, limitMs, without } = settings;
  const unneeded =
    machine === 'uml'
      ? [...without, ...WANTED_MODULES.filter((name) => name.startsWith('virtio_'))]
      : without;
  const ramdisk = await initramfs(kernel, BUSYBOX, unneeded);
  if (ramdisk.missing.length > 0) say(`the kernel has no ${ramdisk.missing.join(', no ')}`);
  const initrd = join(directory, 'initrd');
  const job = {
    command,
    workers: String(workers),
    'host-speed': String(hostSpeedMs),
    arguments: `${selection.arguments.join('\n')}\n`,
  };
  writeFileSync(initrd, Buffer.concat([ramdisk.bytes, jobArchive(job)]));
  try {
    return await runGuest(
      {
        ...settings,
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

/** User-mode Linux is a process: nothing of it is emulated. */
function skeleton({ kernel, layout }: Column, { accelerator, append, without }: Settings) {
  const own: ColumnResult['accelerator'] = kernel.machine === 'uml' ? 'none' : accelerator;
  return {
    kernel: kernel.name,
    layout,
    accelerator: own,
    append: [...append, ...without.map((name) => `without ${name}`)],
  };
}

function judged(
  { ids }: Selection,
  evidence: Evidence | undefined,
  outcome: Outcome,
): { outcome: Outcome['kind']; reason: string; cells: Cell[] } {
  return { outcome: outcome.kind, reason: outcome.reason, cells: cellsOf(ids, evidence, outcome) };
}
