// The functions that the released executable's host (native/engine) offers to TypeScript. The other
// files here implement the used part of Node's modules with them.
import type { Verbs } from '../../../runtime/native/verbs.ts';

/**
 * The kernel gets text as UTF-8 (a lone surrogate as U+FFFD), and bytes unchanged. A NUL is EINVAL.
 */
export type HostPath = string | Uint8Array;

/**
 * The functions that the host calls. Their exceptions go to `failed`.
 *
 * After each call all microtasks run; then rejections that are still unhandled go to `failed`.
 */
export interface Hooks {
  /** Runs the command. Called once, when argv, environment and files are available. */
  main(): unknown;
  /** A signal requested by `onSignal`. Several of one kind may be reported once. */
  signal(number: number): void;
  /** Gets an uncaught exception or an unhandled rejection. Must not throw. */
  failed(error: unknown): void;
  /** Called when no handle keeps the loop alive: emits `exit`, returns the exit status. */
  exit(): number;
  /**
   * Makes the error of a failed call, with Node's fields: `code`, `errno` (negative), `syscall`,
   * `path`, `dest`, message. The argument `errno` is positive.
   */
  failure(errno: number, syscall: string, path?: HostPath, destination?: HostPath): Error;
}

/** struct stat: mode, dev, ino, nlink, size, uid, gid, rdev. */
export type StatFields = readonly number[];

/**
 * A function throws `Hooks.failure` if its system call fails, unless stated otherwise. EINTR is
 * retried. Descriptors are close-on-exec.
 */
export interface HostFiles {
  /** open(2); `flags` are O_* of the kernel, O_CLOEXEC is added. */
  open(path: HostPath, flags: number, mode: number): number;
  close(fd: number): void;
  /** read(2) into `bytes` from `offset`; pread(2) where `position` is not negative. */
  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** write(2), which may write less; pwrite(2) where `position` is not negative. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes the whole text, as UTF-8. */
  writeText(fd: number, text: string): void;
  /** A whole file, or the rest of a descriptor. */
  readAll(file: HostPath | number): Uint8Array;
  /** The same as text: latin1, or UTF-8 with U+FFFD for invalid bytes. */
  readText(file: HostPath | number, latin1: boolean): string;
  /** stat(2), or lstat(2) unless `follow`. Undefined if there is no such file (ENOENT). */
  stat(path: HostPath, follow: boolean): StatFields | undefined;
  fstat(fd: number): StatFields;
  /** access(2). Returns 0 or the errno; never throws. */
  access(path: HostPath, mode: number): number;
  mkdir(path: HostPath, mode: number): void;
  rmdir(path: HostPath): void;
  unlink(path: HostPath): void;
  link(existing: HostPath, path: HostPath): void;
  symlink(target: HostPath, path: HostPath): void;
  rename(from: HostPath, to: HostPath): void;
  readlink(path: HostPath): Uint8Array;
  /** Names without `.` and `..`, in byte order, and the DT_* of each. */
  readdir(path: HostPath): { readonly names: readonly Uint8Array[]; readonly types: Uint8Array };
  realpath(path: HostPath): Uint8Array;
  fchmod(fd: number, mode: number): void;
  ftruncate(fd: number, length: number): void;
  /** type, bsize, blocks, bfree, bavail, files, ffree. */
  statfs(path: HostPath): readonly number[];
  /** A descriptor of inotify_init1(2), non-blocking, with one watch on `path`; `mask`: IN_*. */
  inotify(path: HostPath, mask: number): number;
}

export interface HostProcess {
  /** The arguments of execve(2) with argv[0], each ended by a NUL. */
  argv(): Uint8Array;
  /** `NAME=value` in the original order, each ended by a NUL. */
  environment(): Uint8Array;
  /** uname(2). */
  uname(): readonly [nodename: string, release: string];
  pid(): number;
  geteuid(): number;
  cwd(): Uint8Array;
  /** 'x64' or 'arm64', as process.arch. */
  readonly arch: string;
  /** kill(2). */
  kill(pid: number, signal: number): void;
  /** _exit(2): at once, without `Hooks.exit`. */
  exit(status: number): never;
  /** Fills `bytes` from getrandom(2). */
  random(bytes: Uint8Array): void;
  /**
   * Bit n-1: signal n is ignored. Covers signals that a caller may have ignored (HUP, INT, QUIT,
   * TERM, USR1, USR2, ALRM, TSTP). Call it before `onSignal`.
   */
  ignoredSignals(): bigint;
  /**
   * While `listening`, the signal goes to `Hooks.signal`; afterwards it has the action that it had
   * at the start of this process. Signals never keep the loop alive.
   */
  onSignal(signal: number, listening: boolean): void;
  isatty(fd: number): boolean;
  /** TIOCGWINSZ: columns and rows; undefined without a terminal. */
  windowSize(fd: number): readonly [columns: number, rows: number] | undefined;
  /** Blocks this thread: for Atomics.wait. */
  sleep(ms: number): void;
}

/** Ids are positive, and never used again. An unknown id is ignored. */
export interface HostLoop {
  /** Once after `ms` (0: in the next round), or every `ms`. Keeps the loop alive. */
  setTimer(callback: () => void, ms: number, repeat: boolean): number;
  clearTimer(id: number): void;
  /** Whether the timer keeps the loop alive: ref() and unref(). */
  keepTimer(id: number, alive: boolean): void;
  /** Runs after the callbacks that are ready now, before the loop waits. */
  setImmediate(callback: () => void): number;
  clearImmediate(id: number): void;
  /**
   * Calls `callback` in each round in which the descriptor is readable (or hung up) or writable.
   * Keeps the loop alive. Unwatch before closing it.
   */
  watchFd(fd: number, direction: 'read' | 'write', callback: () => void): number;
  unwatchFd(id: number): void;
  /** ref() and unref(). */
  keepWatch(id: number, alive: boolean): void;
  /** A non-blocking unix stream socket, connected. */
  connectUnix(path: HostPath): number;
}

export interface HostText {
  /** UTF-8, with U+FFFD for a lone surrogate. */
  encodeUtf8(text: string): Uint8Array;
  /** The length of that in bytes. */
  utf8Length(text: string): number;
  /** Writes as many whole characters as fit into `bytes` from `offset`. Returns their bytes. */
  writeUtf8(text: string, bytes: Uint8Array, offset: number): number;
  /** Bytes `from` up to `to`, with U+FFFD for invalid UTF-8, as TextDecoder. */
  decodeUtf8(bytes: Uint8Array, from: number, to: number): string;
  decodeLatin1(bytes: Uint8Array, from: number, to: number): string;
}

export interface Host {
  readonly files: HostFiles;
  readonly process: HostProcess;
  readonly loop: HostLoop;
  readonly text: HostText;
  readonly verbs: Verbs<Uint8Array>;
  /** Called once, by the entry. */
  start(hooks: Hooks): void;
}

declare const terrariumHost: Host;

/** The host: a global of that name, which C++ sets before any module runs. */
export const host: Host = terrariumHost;
