// The used part of node:fs. Its errors are made in errors.ts; the host throws them.
import { Buffer, owned } from './buffer.ts';
import { hasCode, nodeError } from './errors.ts';
import { failure, textOf } from './failure.ts';
import { FLAGS } from './fs-constants.ts';
import { Dirent, Stats } from './fs-stats.ts';
import { type HostPath, host } from './host.ts';

export { constants } from './fs-constants.ts';
export type { Dirent } from './fs-stats.ts';
export { Stats } from './fs-stats.ts';
export { watch } from './fs-watch.ts';

const { files } = host;
const ENOENT = 2;

/** Means the descriptor's own position. */
const HERE = -1;

type TextEncoding = 'utf8' | 'latin1';
type Encoding = TextEncoding | 'buffer';
type WithEncoding<E extends Encoding> = E | { readonly encoding: E };

function encodingOf<E extends Encoding>(option: WithEncoding<E> | undefined): E | undefined {
  return typeof option === 'object' ? option.encoding : option;
}

export function openSync(path: HostPath, flags: string | number = 'r', mode = 0o666): number {
  return files.open(path, typeof flags === 'number' ? flags : flagsOf(flags), mode);
}

function flagsOf(word: string): number {
  const flags = FLAGS[word];
  if (flags !== undefined) return flags;
  const message = `The argument 'flags' is invalid. Received '${word}'`;
  throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

export function closeSync(fd: number): void {
  files.close(fd);
}

export function readSync(
  fd: number,
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
  position: number | null = null,
): number {
  return files.read(fd, bytes, offset, length, position ?? HERE);
}

/** One write(2), which may take less than all. */
export function writeSync(
  fd: number,
  data: string | Uint8Array,
  offset = 0,
  length: number | undefined = undefined,
  position: number | null = null,
): number {
  const bytes = typeof data === 'string' ? host.text.encodeUtf8(data) : data;
  return files.write(fd, bytes, offset, length ?? bytes.length - offset, position ?? HERE);
}

export function readFileSync(file: HostPath | number): Buffer;
export function readFileSync(file: HostPath | number, option: WithEncoding<TextEncoding>): string;
export function readFileSync(
  file: HostPath | number,
  option?: WithEncoding<TextEncoding>,
): string | Buffer {
  const encoding = encodingOf(option);
  // Node calls fstat(2) first, and its errors name that call.
  if (typeof file === 'number') files.fstat(file);
  if (encoding === undefined) return owned(files.readAll(file));
  return files.readText(file, encoding === 'latin1');
}

/** Writes all, or throws. Truncates an existing file first. */
export function writeFileSync(file: HostPath | number, data: string | Uint8Array): void {
  if (typeof file === 'number') {
    writeAll(file, data);
    return;
  }
  const fd = openSync(file, 'w');
  try {
    writeAll(fd, data);
  } finally {
    files.close(fd);
  }
}

function writeAll(fd: number, data: string | Uint8Array): void {
  if (typeof data === 'string') files.writeText(fd, data);
  else
    for (let done = 0; done < data.length; )
      done += files.write(fd, data, done, data.length - done, HERE);
}

interface IfThere {
  readonly throwIfNoEntry?: boolean;
}

export function statSync(path: HostPath, options?: { readonly throwIfNoEntry?: true }): Stats;
export function statSync(path: HostPath, options: IfThere): Stats | undefined;
export function statSync(path: HostPath, options?: IfThere): Stats | undefined {
  return stat(path, true, options);
}

export function lstatSync(path: HostPath, options?: { readonly throwIfNoEntry?: true }): Stats;
export function lstatSync(path: HostPath, options: IfThere): Stats | undefined;
export function lstatSync(path: HostPath, options?: IfThere): Stats | undefined {
  return stat(path, false, options);
}

function stat(path: HostPath, follow: boolean, options?: IfThere): Stats | undefined {
  const quiet = options?.throwIfNoEntry === false;
  try {
    const fields = files.stat(path, follow);
    if (fields !== undefined) return new Stats(fields);
  } catch (error) {
    // statSync only: lstatSync throws it.
    if (quiet && follow && hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  if (quiet) return undefined;
  throw failure(ENOENT, follow ? 'stat' : 'lstat', path);
}

export function fstatSync(fd: number): Stats {
  return new Stats(files.fstat(fd));
}

export function existsSync(path: HostPath): boolean {
  return files.access(path, 0) === 0;
}

export function accessSync(path: HostPath, mode = 0): void {
  const errno = files.access(path, mode);
  if (errno !== 0) throw failure(errno, 'access', path);
}

/** @internal */
export interface Filesystem {
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export function statfsSync(path: HostPath): Filesystem {
  const [type = 0, bsize = 0, blocks = 0, bfree = 0, bavail = 0, all = 0, ffree = 0] =
    files.statfs(path);
  return { type, bsize, blocks, bfree, bavail, files: all, ffree };
}

export function mkdirSync(path: HostPath, mode = 0o777): void {
  files.mkdir(path, mode);
}

export function rmdirSync(path: HostPath): void {
  files.rmdir(path);
}

export function unlinkSync(path: HostPath): void {
  files.unlink(path);
}

export function linkSync(existing: HostPath, path: HostPath): void {
  files.link(existing, path);
}

export function symlinkSync(target: HostPath, path: HostPath): void {
  files.symlink(target, path);
}

export function fchmodSync(fd: number, mode: number): void {
  files.fchmod(fd, mode);
}

export function ftruncateSync(fd: number, length = 0): void {
  files.ftruncate(fd, length);
}

function named(bytes: Uint8Array, encoding: Encoding | undefined): string | Buffer {
  if (encoding === 'buffer') return owned(bytes);
  if (encoding === 'latin1') return host.text.decodeLatin1(bytes, 0, bytes.length);
  return host.text.decodeUtf8(bytes, 0, bytes.length);
}

export function readlinkSync(path: HostPath): string;
export function readlinkSync(path: HostPath, option: WithEncoding<'buffer'>): Buffer;
export function readlinkSync(path: HostPath, option?: WithEncoding<Encoding>): string | Buffer {
  return named(files.readlink(path), encodingOf(option));
}

type Typed<E> = { readonly withFileTypes: true; readonly encoding: E };

/** Names in byte order, as libuv sorts them. */
export function readdirSync(path: HostPath, option?: WithEncoding<TextEncoding>): string[];
export function readdirSync(path: HostPath, option: WithEncoding<'buffer'>): Buffer[];
export function readdirSync(path: HostPath, option: Typed<TextEncoding>): Dirent<string>[];
export function readdirSync(
  path: HostPath,
  option?: WithEncoding<Encoding> | Typed<TextEncoding>,
): (string | Buffer | Dirent<string | Buffer>)[] {
  const { names, types } = files.readdir(path);
  const encoding = encodingOf(option);
  if (!(typeof option === 'object' && 'withFileTypes' in option))
    return names.map((name) => named(name, encoding));
  return names.map((name, at) => {
    const text = named(name, encoding);
    return new Dirent(text, types[at] || typeOf(path, name));
  });
}

/** The type (DT_*) by lstat(2), for file systems whose entries have none. */
function typeOf(directory: HostPath, name: Uint8Array): number {
  const path = Buffer.concat([bytesOf(directory), Buffer.from('/'), name]);
  return (lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) >> 12;
}

function bytesOf(path: HostPath): Uint8Array {
  return typeof path === 'string' ? host.text.encodeUtf8(path) : path;
}

interface Removal {
  /** Ignores a missing path. */
  readonly force?: boolean;
  /** Removes a directory with its contents. */
  readonly recursive?: boolean;
}

export function rmSync(path: HostPath, { force = false, recursive = false }: Removal = {}): void {
  let found: Stats | undefined;
  try {
    found = lstatSync(path, { throwIfNoEntry: !force });
  } catch (error) {
    if (!(force && recursive && hasCode(error, 'ENOTDIR'))) throw error;
  }
  if (found === undefined) return;
  if (!found.isDirectory()) files.unlink(path);
  else if (recursive) removeTree(bytesOf(path));
  else throw isDirectory(textOf(path));
}

function removeTree(path: Uint8Array): void {
  const { names, types } = files.readdir(path);
  for (const [at, name] of names.entries()) {
    const below = Buffer.concat([path, Buffer.from('/'), name]);
    const directory = types[at] === 4 || (types[at] === 0 && lstatSync(below).isDirectory());
    if (directory) removeTree(below);
    else files.unlink(below);
  }
  files.rmdir(path);
}

function isDirectory(path: string): Error {
  const message = 'is a directory';
  const info = { code: 'EISDIR', message, path, syscall: 'rm', errno: 21 };
  const error = nodeError(
    Error,
    'ERR_FS_EISDIR',
    `Path is a directory: rm returned EISDIR (${message}) ${path}`,
  );
  return Object.assign(error, { name: 'SystemError', info, errno: 21, syscall: 'rm', path });
}

// commander looks for external subcommands with these; there are none.
// biome-ignore lint/style/noDefaultExport: commander imports it
export default { existsSync };
