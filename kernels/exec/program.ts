// A user's test program as it goes into a guest: the file, its arguments, and the files that it
// needs. Read and checked before any guest is started.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { TerrariumError } from '../../runtime/base/errors.ts';
import type { CpioEntry } from '../image/cpio.ts';

export interface Program {
  /** The last part of its path. */
  readonly name: string;
  readonly args: readonly string[];
  /** Of a script: the program that its first line names. */
  readonly interpreter: string | undefined;
  /** The program, the files of `--files`, and its libraries below `lib/`; relative paths. */
  readonly files: readonly CpioEntry[];
  /** Changes with all of the above. */
  readonly digest: string;
}

/** How the program ended, and its output. */
export interface ProgramEnd {
  /** As in `$?`: 128 plus the number of the signal that ended it. Undefined if unknown. */
  readonly exitCode: number | undefined;
  /** Whether it was ended at its time limit. */
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** As far as it arrived. */
  readonly stdout: string;
  readonly stderr: string;
}

/** ELF: `e_machine` of x86-64 (elf(5)); at this offset, two bytes. */
const X86_64 = 62;
const MACHINE_OFFSET = 18;
/** Parts of the C library: a guest has its own, and they must match its loader. */
const C_LIBRARY = /^(ld-linux|lib(c|m|dl|rt|pthread|util|resolv|anl|nss_\w+)\.so)/;

/**
 * `command` is a path and arguments, separated by spaces; a path that has spaces stands alone.
 * `beside` are further files and directories, to be found beside the program. Paths are relative
 * to `directory`.
 * @throws TerrariumError when one is missing or cannot run in a guest.
 */
export function readProgram(
  command: string,
  beside: readonly string[],
  directory: string,
): Program {
  const [first = '', ...words] = command.trim().split(/\s+/);
  const whole = statOf(resolve(directory, command)) !== undefined;
  const [typed, args] = whole ? [command, []] : [first, words];
  const path = resolve(directory, typed);
  const stats = statOf(path);
  if (stats === undefined)
    throw refused(typed, 'does not exist', 'give the path of an executable or a script');
  if (!stats.isFile())
    throw refused(typed, 'is not a file', 'give the path of an executable or a script');
  if ((stats.mode & 0o111) === 0) throw refused(typed, 'is not executable', `chmod +x ${typed}`);
  const content = readFileSync(path);
  const interpreter = interpreterOf(typed, content);
  const name = basename(path);
  const files: CpioEntry[] = [
    { kind: 'file', path: name, content, mode: 0o755 },
    ...beside.flatMap((one) => entriesBelow(resolve(directory, one), one)),
    ...(interpreter === undefined ? librariesOf(path) : []),
  ];
  return { name, args, interpreter, files, digest: digestOf(args, files) };
}

function refused(typed: string, fact: string, hint: string): TerrariumError {
  return new TerrariumError(`--exec: ${typed} ${fact}`, { hint });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A command line with many arguments is longer than any path.
    if (error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG')
      return undefined;
    throw error;
  }
}

/** Undefined for an executable that the guests' processor runs. */
function interpreterOf(typed: string, content: Buffer): string | undefined {
  if (content.subarray(0, 4).equals(Buffer.from('\x7fELF'))) {
    const machine = content.readUInt16LE(MACHINE_OFFSET);
    if (machine !== X86_64)
      throw refused(
        typed,
        `is built for another processor (ELF machine ${machine})`,
        'guests are x86-64: build it for that',
      );
    return undefined;
  }
  const [, interpreter, word] = /^#!\s*(\S+)[ \t]*(\S*)/.exec(content.toString('latin1')) ?? [];
  if (interpreter === undefined)
    throw refused(
      typed,
      'is neither an ELF executable nor a script',
      'a script begins with the line #!/bin/sh',
    );
  return basename(interpreter) === 'env' && word ? word : interpreter;
}

function entriesBelow(path: string, typed: string): CpioEntry[] {
  const stats = statOf(path);
  if (stats === undefined)
    throw new TerrariumError(`--files: ${typed} does not exist`, {
      hint: 'give a file or a directory that the tests need',
    });
  const top = basename(path);
  if (!stats.isDirectory()) return [entryOf(path, top)];
  const below = globSync('**', { cwd: path, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((one) => one !== path)
    .sort();
  return [
    { kind: 'directory', path: top },
    ...below.map((one) => entryOf(one, join(top, relative(path, one)))),
  ];
}

function entryOf(from: string, path: string): CpioEntry {
  const stats = statSync(from, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'link', path, to: readlinkSync(from) };
  if (stats.isDirectory()) return { kind: 'directory', path };
  return { kind: 'file', path, content: readFileSync(from), mode: stats.mode & 0o777 };
}

/** Libraries that the loader would load besides the C library: ldd(1). */
function librariesOf(path: string): CpioEntry[] {
  const said = execFileSync('sh', ['-c', 'ldd "$1" 2>/dev/null || :', 'sh', path], {
    encoding: 'utf8',
  });
  const libraries = [...said.matchAll(/=> (\/\S+) \(0x/g)].flatMap(([, library]) => library ?? []);
  const needed = libraries.filter((library) => !C_LIBRARY.test(basename(library)));
  if (needed.length === 0) return [];
  return [
    { kind: 'directory', path: 'lib' },
    ...needed.map((library) => entryOf(library, join('lib', basename(library)))),
  ];
}

function digestOf(args: readonly string[], files: readonly CpioEntry[]): string {
  const hash = createHash('sha256').update(JSON.stringify(args));
  for (const entry of files) {
    hash.update(`\0${entry.kind} ${entry.path}\0`);
    if (entry.kind === 'file') hash.update(entry.content).update(String(entry.mode));
    if (entry.kind === 'link') hash.update(entry.to);
  }
  return hash.digest('hex');
}
