// The functions that the tests call under Node, with its modules, and in the engine, with ours.
// Arguments are JSON; bytes are latin1 text.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { basename, dirname, extname, isAbsolute, join, normalize, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { getSystemErrorMessage, inspect, stripVTControlCharacters } from 'node:util';
import { gunzipSync } from 'node:zlib';

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** A path that is not UTF-8 is passed as bytes. */
const path = (text: string) => (text.isWellFormed() ? text : bytes(text.replaceAll('\udce9', 'é')));

type Encoding = 'utf8' | 'latin1' | 'hex';
type Reader = 'readUInt8' | 'readInt32LE' | 'readUInt32LE' | 'readBigUInt64LE';
type Writer = 'writeUInt8' | 'writeInt16LE' | 'writeInt32LE' | 'writeUInt32LE';

const BUFFER = {
  from: (text: string, encoding: 'utf8' | 'latin1') => Buffer.from(text, encoding),
  fromArray: (list: number[]) => Buffer.from(list),
  fromMemory: (size: number, offset?: number, length?: number) =>
    Buffer.from(new ArrayBuffer(size), offset, length),
  of: (...list: number[]) => Buffer.of(...list),
  concat: (list: string[], total?: number) => Buffer.concat(list.map(bytes), total),
  byteLength: (text: string) => Buffer.byteLength(text),
  toString: (text: string, encoding?: Encoding, from?: number, to?: number) =>
    bytes(text).toString(encoding, from, to),
  subarray: (text: string, from?: number, to?: number) => {
    const part = bytes(text).subarray(from, to);
    return [Buffer.isBuffer(part), part];
  },
  write: (size: number, text: string, at: number, encoding: 'utf8' | 'latin1') => {
    const buffer = Buffer.alloc(size);
    return encoding === 'utf8'
      ? [buffer.write(text, at), buffer]
      : [buffer.write(text, at, encoding), buffer];
  },
  copy: (text: string, size: number) => {
    const target = new Uint8Array(size);
    return [bytes(text).copy(target), target];
  },
  indexOf: (text: string, wanted: string) => bytes(text).indexOf(wanted),
  indexOfByte: (text: string, byte: number) => bytes(text).indexOf(byte),
  includes: (text: string, wanted: string) => bytes(text).includes(wanted),
  read: (reader: Reader, text: string, at?: number) => bytes(text)[reader](at),
  writeNumber: (writer: Writer, size: number, value: number, at?: number) => {
    const buffer = Buffer.alloc(size);
    return [buffer[writer](value, at), buffer];
  },
  writeBig: (size: number, value: string, at?: number) => {
    const buffer = Buffer.alloc(size);
    return [buffer.writeBigUInt64LE(BigInt(value), at), buffer];
  },
  random: (size: number) => randomBytes(size).length,
};

const TEXT = {
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (text: string, fatal: boolean, ignoreBOM: boolean) =>
    new TextDecoder('utf-8', { fatal, ignoreBOM }).decode(bytes(text)),
  strip: (text: string) => stripVTControlCharacters(text),
  inspect: (value: unknown, depth: number) => inspect(value, { depth, breakLength: Infinity }),
  meaning: (errno: number) => getSystemErrorMessage(errno),
  gunzip: (text: string) => gunzipSync(bytes(text)),
};

const PATH = {
  basename: (text: string) => basename(text),
  dirname: (text: string) => dirname(text),
  extname: (text: string) => extname(text),
  isAbsolute: (text: string) => isAbsolute(text),
  join: (...parts: string[]) => join(...parts),
  normalize: (text: string) => normalize(text),
  resolve: (...parts: string[]) => resolve(...parts),
};

/** Open descriptors of a run, by the name given in the test. */
const opened = new Map<string, number>();
const fd = (name: string) => opened.get(name) ?? 999;

const FILES = {
  open: (name: string, file: string, flags: string | number, mode?: number) => {
    opened.set(name, fs.openSync(path(file), flags, mode));
  },
  close: (name: string) => {
    const number = fd(name);
    opened.delete(name);
    fs.closeSync(number);
  },
  read: (
    name: string,
    size: number,
    offset?: number,
    length?: number,
    position?: number | null,
  ) => {
    const buffer = Buffer.alloc(size);
    return [
      fs.readSync(fd(name), buffer, offset ?? 0, length ?? size - (offset ?? 0), position ?? null),
      buffer,
    ];
  },
  write: (name: string, text: string, position?: number | null) =>
    fs.writeSync(fd(name), bytes(text), 0, text.length, position),
  writeText: (name: string, text: string) => fs.writeSync(fd(name), text),
  readFile: (file: string, encoding?: 'utf8' | 'latin1') =>
    encoding ? fs.readFileSync(path(file), encoding) : fs.readFileSync(path(file)),
  readDescriptor: (name: string) => fs.readFileSync(fd(name)),
  writeFile: (file: string, text: string) => fs.writeFileSync(path(file), text),
  writeDescriptor: (name: string, text: string) => fs.writeFileSync(fd(name), bytes(text)),
  stat: (file: string, quiet: boolean) =>
    fs.statSync(path(file), quiet ? { throwIfNoEntry: false } : undefined),
  lstat: (file: string, quiet: boolean) =>
    fs.lstatSync(path(file), quiet ? { throwIfNoEntry: false } : undefined),
  fstat: (name: string) => fs.fstatSync(fd(name)),
  exists: (file: string) => fs.existsSync(path(file)),
  access: (file: string, mode: number) => fs.accessSync(path(file), mode),
  mkdir: (file: string, mode?: number) => fs.mkdirSync(path(file), mode),
  rmdir: (file: string) => fs.rmdirSync(path(file)),
  unlink: (file: string) => fs.unlinkSync(path(file)),
  link: (from: string, to: string) => fs.linkSync(path(from), path(to)),
  symlink: (target: string, file: string) => fs.symlinkSync(path(target), path(file)),
  fchmod: (name: string, mode: number) => fs.fchmodSync(fd(name), mode),
  ftruncate: (name: string, length: number) => fs.ftruncateSync(fd(name), length),
  readlink: (file: string, raw: boolean) =>
    raw ? fs.readlinkSync(path(file), { encoding: 'buffer' }) : fs.readlinkSync(path(file)),
  readdir: (file: string, encoding: 'utf8' | 'latin1') => fs.readdirSync(path(file), encoding),
  readdirRaw: (file: string) => fs.readdirSync(path(file), { encoding: 'buffer' }),
  readdirTypes: (file: string) =>
    fs
      .readdirSync(path(file), { withFileTypes: true, encoding: 'latin1' })
      .map((entry) => [entry.name, entry.isDirectory()]),
  rm: (file: string, force: boolean, recursive: boolean) =>
    fs.rmSync(path(file), { force, recursive }),
  statfs: (file: string) => {
    const { type, bsize, blocks, files } = fs.statfsSync(path(file));
    return [type, bsize, blocks, files];
  },
  constants: (...names: (keyof typeof fs.constants)[]) => names.map((name) => fs.constants[name]),
};

const PROCESS = {
  isatty: (number: number) => isatty(number),
  kill: (pid: number, signal: string | number) => process.kill(pid, signal),
  hostname: () => os.hostname(),
  release: () => os.release(),
  signals: () => os.constants.signals,
  errno: () => os.constants.errno,
  arch: () => [process.arch, process.platform],
  euid: () => process.geteuid?.(),
  clock: () => performance.now() > 0 && performance.now() < 1e6,
  delay: async (ms: number, value: unknown) => await delay(ms, value),
  aborted: async (reason: string | null, before: boolean) => {
    const controller = new AbortController();
    const { signal } = controller;
    const abort = () => (reason === null ? controller.abort() : controller.abort(reason));
    if (before) abort();
    const waiting = delay(60_000, undefined, { signal });
    if (!before) abort();
    try {
      await waiting;
    } catch (error) {
      const { cause } = error as Error;
      return [error, cause instanceof Error ? [cause.name, cause.message] : cause, signal.aborted];
    }
    return undefined;
  },
};

export const CALLS: Readonly<Record<string, (...args: never) => unknown>> = {
  ...prefixed('buffer', BUFFER),
  ...prefixed('text', TEXT),
  ...prefixed('path', PATH),
  ...prefixed('fs', FILES),
  ...prefixed('process', PROCESS),
};

function prefixed(prefix: string, calls: Readonly<Record<string, (...args: never) => unknown>>) {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [`${prefix}.${name}`, call]),
  );
}
