// The initramfs of one kernel: BusyBox, the modules that the guest needs, and init.sh.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type FetchedKernel, moduleIndex } from '../fetch/kernel.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { moduleOrder } from './modules.ts';

const DIRECTORIES = ['bin', 'proc', 'sys', 'dev', 'lower', 'upper', 'new', 'modules', 'job'];
const GUEST = join(import.meta.dirname, '../guest/inside');
const OWN = { init: join(GUEST, 'init.sh'), 'fail.sh': join(GUEST, 'fail.sh') };

export interface Initramfs {
  readonly bytes: Buffer;
  /** Wanted modules that this kernel has neither as files nor built in. */
  readonly missing: readonly string[];
}

/**
 * With these modules. `scripts`: files of the host by their paths in it, `init` among them.
 * @throws Error if BusyBox is missing or a module cannot be decompressed.
 */
export async function initramfs(
  kernel: FetchedKernel,
  busybox: string,
  wanted: readonly string[],
  scripts: Readonly<Record<string, string>> = OWN,
): Promise<Initramfs> {
  const { entries: modules, missing } = await moduleEntries(kernel, wanted);
  const entries: CpioEntry[] = [
    ...DIRECTORIES.map((path) => ({ kind: 'directory' as const, path })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    ...Object.entries(scripts).map(([path, file]) => ({
      ...{ kind: 'file' as const, path, mode: 0o755, content: readFileSync(file) },
    })),
    ...modules,
  ];
  return { bytes: cpio(entries), missing };
}

/** Files below `modules`, where BusyBox's insmod can read them, and `modules/order`. */
async function moduleEntries(
  { modules, release }: FetchedKernel,
  wanted: readonly string[],
): Promise<{ readonly entries: readonly CpioEntry[]; readonly missing: readonly string[] }> {
  const { paths, missing } =
    modules === undefined
      ? { paths: [], missing: [] }
      : moduleOrder(wanted, await moduleIndex(modules, release));
  const files = paths.map((path) => ({
    name: basename(path).replace(/\.(xz|zst|gz)$/, ''),
    content: unpackedModule(join(modules ?? '', path)),
  }));
  const order = files.map(({ name }) => `${name}\n`).join('');
  const entries = files.map(({ name, content }) => ({
    kind: 'file' as const,
    path: `modules/${name}`,
    content,
  }));
  return {
    entries: [...entries, { kind: 'file', path: 'modules/order', content: order }],
    missing,
  };
}

/**
 * The job of one run as an archive of its own: the kernel unpacks concatenated archives in order.
 * `texts` are small files by name; paths of `entries` are relative to the job's directory.
 */
export function jobArchive(
  texts: Readonly<Record<string, string>>,
  entries: readonly CpioEntry[] = [],
): Buffer {
  const files = Object.entries(texts).map(([name, content]) => ({
    kind: 'file' as const,
    path: `job/${name}`,
    content,
  }));
  const others = entries.map((entry) => ({ ...entry, path: `job/${entry.path}` }));
  return cpio([{ kind: 'directory', path: 'job' }, ...files, ...others]);
}

/** BusyBox's insmod takes uncompressed modules only. */
function unpackedModule(path: string): Buffer {
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
