// The functions that the released executable's host (native/engine) gives to TypeScript. The
// files beside this one make the used part of Node's modules out of them.
import type { Verbs } from '../../../runtime/native/verbs.ts';

/**
 * Text goes to the kernel as UTF-8 (each half of a surrogate pair as U+FFFD), bytes as they are. A
 * NUL in it is EINVAL.
 */
export type HostPath = string | Uint8Array;

/**
 * What the host calls. A call may throw: that goes to `failed`.
 *
 * Order: after each call the microtasks run to the end, then rejections that nothing handled by
 * then go to `failed`.
 */
export interface Hooks {
  /** Runs the command. Called once, when argv, environment and files may be looked at. */
  main(): unknown;
  /** A signal that `onSignal` asked for. Several of one kind may be reported once. */
  signal(number: number): void;
  /** What a callback threw, or a rejection without a handler. Must not throw. */
  failed(error: unknown): void;
  /** Nothing keeps the loop alive: emit `exit`, and answer the exit status. */
  exit(): number;
  /**
   * Makes what a failed call throws, as Node's: `code`, `errno` (negative), `syscall`, `path`,
   * `dest` and the message of these. `errno` comes positive.
   */
  failure(errno: number, syscall: string, path?: HostPath, destination?: HostPath): Error;
}

/** struct stat: mode, dev, ino, nlink, size, uid, gid, rdev. */
export type StatFields = readonly number[];

/**
 * Every function throws `Hooks.failure` when its system call fails, unless it says otherwise. EINTR
 * is never seen. Descriptors are close-on-exec.
 */
export interface HostFiles {
  /** open(2); `flags` are O_* of the kernel, O_CLOEXEC is added. */
  open(path: HostPath, flags: number, mode: number): number;
  close(fd: number): void;
  /** read(2) into `bytes` from `offset`; pread(2) where `position` is not negative. */
  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** write(2), which may write less; pwrite(2) where `position` is not negative. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** The whole text, as UTF-8. Nothing is added to it. */
  writeText(fd: number, text: string): void;
  /** All of a file, or the rest of a descriptor. */
  readAll(file: HostPath | number): Uint8Array;
  /** The same as text; latin1 where it says so, else UTF-8 with U+FFFD for what is none. */
  readText(file: HostPath | number, latin1: boolean): string;
  /** stat(2), or lstat(2) unless `follow`. Undefined where there is no such file (ENOENT). */
  stat(path: HostPath, follow: boolean): StatFields | undefined;
  fstat(fd: number): StatFields;
  /** access(2). Answers 0 or the errno; throws nothing. */
  access(path: HostPath, mode: number): number;
  mkdir(path: HostPath, mode: number): void;
  rmdir(path: HostPath): void;
  unlink(path: HostPath): void;
  link(existing: HostPath, path: HostPath): void;
  symlink(target: HostPath, path: HostPath): void;
  rename(from: HostPath, to: HostPath): void;
  readlink(path: HostPath): Uint8Array;
  /** Names without `.` and `..`, in the order of their bytes, and DT_* of each. */
  readdir(path: HostPath): { readonly names: readonly Uint8Array[]; readonly types: Uint8Array };
  realpath(path: HostPath): Uint8Array;
  fchmod(fd: number, mode: number): void;
  ftruncate(fd: number, length: number): void;
  /** type, bsize, blocks, bfree, bavail, files, ffree. */
  statfs(path: HostPath): readonly number[];
  /** inotify_init1(2), non-blocking, with one watch on `path`: IN_* in `mask`. A descriptor. */
  inotify(path: HostPath, mask: number): number;
}

export interface HostProcess {
  /** As execve(2) gave them, argv[0] included: a NUL ends each. */
  argv(): Uint8Array;
  /** `NAME=value`, in their order: a NUL ends each. */
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
  /** Fills it from getrandom(2). */
  random(bytes: Uint8Array): void;
  /**
   * Bit n-1: signal n is ignored, of those that a caller may want ignored (HUP, INT, QUIT, TERM,
   * USR1, USR2, ALRM, TSTP). To be asked before `onSignal`.
   */
  ignoredSignals(): bigint;
  /**
   * While `listening`, the signal goes to `Hooks.signal`; after that it has the action that it had
   * when this process began. Signals never keep the loop alive.
   */
  onSignal(signal: number, listening: boolean): void;
  isatty(fd: number): boolean;
  /** TIOCGWINSZ: columns and rows; undefined where it is no terminal. */
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
  /** After what is ready now, before the loop waits. */
  setImmediate(callback: () => void): number;
  clearImmediate(id: number): void;
  /**
   * Calls back in each round in which the descriptor is readable (or has hung up), or writable.
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
  /** UTF-8; each half of a surrogate pair as U+FFFD. */
  encodeUtf8(text: string): Uint8Array;
  /** Length of that. */
  utf8Length(text: string): number;
  /** The same into `bytes` from `offset`: whole characters, as many as fit. Answers their bytes. */
  writeUtf8(text: string, bytes: Uint8Array, offset: number): number;
  /** Bytes `from` to before `to`; U+FFFD for what is no UTF-8, as TextDecoder says. */
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
