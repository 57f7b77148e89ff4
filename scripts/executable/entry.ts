// The entry point of the released executable: it embeds the addon, the init and the usual filter,
// and does only the work that a start needs.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { ignoreAsCallerDoes } from '../../runtime/cli/process/caller.ts';
import { processIo } from '../../runtime/cli/process/io.ts';
import { run } from '../../runtime/cli/program.ts';
import { takeOpenFiles } from '../../runtime/container/create/open-files.ts';
import { knowFilter } from '../../runtime/execute/spawn/filter.ts';
import { ownArguments } from '../../runtime/host/process/invocation.ts';
import { nativePartsFrom } from '../../runtime/native/addon.ts';

/** Paths inside the executable. */
interface Carried {
  readonly addon: string;
  readonly init: string;
  /** The seccomp program of `capabilities`. */
  readonly filter: string;
  readonly capabilities: readonly string[];
}

/**
 * O_TMPFILE of open(2): a file without a name. 020000000 on x86-64 and arm64, plus O_DIRECTORY;
 * Node has no constant for it.
 */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const MFD_CLOEXEC = 1;
const STARTED_MS = 200;

/** Runs this process's command line. */
export async function startReleased({ addon, init, filter, capabilities }: Carried): Promise<void> {
  nativePartsFrom(() => ({ addon: loadAddon(readFileSync(addon)), init: readFileSync(init) }));
  takeOpenFiles(process.env);
  ignoreAsCallerDoes(process.env);
  knowFilter(capabilities, () => readFileSync(filter));
  // The build delayed compiling. A command that still runs now is a shell or another long one.
  setTimeout(() => Bun.unsafe.setJITPolicy(1), STARTED_MS).unref();
  await run(ownArguments(process.argv.slice(2)), processIo());
}

/**
 * dlopen(3) needs a file. This one has no name and belongs to this process alone, so others cannot
 * prepare or replace it. If /dev/shm is missing, full or `noexec` it is a memfd, for which Bun
 * compiles a call of libc: 1.5 ms more.
 */
function loadAddon(image: Uint8Array): unknown {
  try {
    return open(image, openSync('/dev/shm', O_TMPFILE | constants.O_RDWR, 0o400));
  } catch {
    return open(image, memfd());
  }
}

function open(image: Uint8Array, fd: number): unknown {
  const module = { exports: {} };
  try {
    for (let done = 0; done < image.length; ) done += writeSync(fd, image, done);
    process.dlopen(module, `/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
  return module.exports;
}

/** The used part of Bun's foreign function interface (https://bun.com/docs/runtime/ffi). */
interface Libc {
  readonly symbols: { memfd_create(name: Uint8Array, flags: number): number };
}

declare const Bun: {
  readonly FFI: { dlopen(library: string, functions: object): Libc };
  readonly unsafe: { setJITPolicy(scale: number): void };
};

function memfd(): number {
  const { symbols } = Bun.FFI.dlopen('libc.so.6', {
    memfd_create: { args: ['ptr', 'u32'], returns: 'i32' },
  });
  const fd = symbols.memfd_create(Buffer.from('terrarium.node\0'), MFD_CLOEXEC);
  if (fd < 0) throw new Error('memfd_create failed');
  return fd;
}
