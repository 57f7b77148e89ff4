// The one door into the addon: its types, and the events of each birth sorted to whoever waits for them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import type { SeccompProgram } from '../plan/seccomp.ts';

const BUILD = join(import.meta.dirname, '../../build');

type OnEvent = (
  kind: number,
  id: number,
  a: number,
  b: number,
  c: number,
  d: number,
  bytes: Buffer | undefined,
  fds: number[] | undefined,
) => void;

interface Binding {
  listen(onEvent: OnEvent): void;
  ref(): void;
  unref(): void;
  setInit(image: Uint8Array): void;
  spawn(id: number, flags: bigint, descriptors: readonly number[], batched: boolean): void;
  tell(id: number, bytes: Uint8Array): void;
  atEnd(id: number, operations: Uint8Array): void;
  perform(operations: Uint8Array, from: number, to: number): Buffer;
  watch(id: number, fd: number): void;
  pidfdOpen(pid: number): number;
  pidfdSendSignal(pidfd: number, signal: number): void;
  eventfd(): number;
  setWindowSize(fd: number, columns: number, rows: number): void;
  openPty(): [master: number, slave: number];
  netlink(messages: Uint8Array, netns: number): Promise<Buffer>;
  compileSeccomp(program: SeccompProgram): Buffer;
}

/** How a process ended: its status, or the signal that ended it; both null when it was not our child and nobody can know. */
export interface Exit {
  readonly code: number | null;
  readonly signal: number | null;
  /** User and system time together, and the largest resident set, of the process and what it waited for. */
  readonly cpuTimeUs: number;
  readonly maxRssKiB: number;
}

export interface SpawnRequest {
  /** CLONE_NEW* of clone3(2). */
  readonly flags: bigint;
  readonly stdio: readonly [number, number, number];
  /** The init's descriptor 4, and v2 directories to be born in; -1 for none. */
  readonly extra: number;
  readonly cgroup: number;
  readonly detachedCgroup: number;
  readonly joinPid: number;
  /** What the init reports may be heard some milliseconds late, or together with its end: what nobody waits for need not wake anybody. */
  readonly batched: boolean;
}

/** What is heard of one birth, in this order: born, results (any number), closed, exit. */
export interface BirthListener {
  /** `pidfd` is the listener's to close, after `exit`. On failure only `errno` (positive) is given, and nothing follows. */
  born(result: { readonly pid: number; readonly pidfd: number } | { readonly errno: number }): void;
  results(bytes: Buffer, descriptors: readonly number[]): void;
  /** `ended`: so has the process, when that was found out. */
  closed(ended: boolean): void;
  exit(exit: Exit): void;
}

const listeners = new Map<number, BirthListener | (() => void)>();
const awaited = new Set<number>();
let binding: Binding | undefined;
let lastId = 0;

/** The addon's exports, and the init's bytes. */
interface NativeParts {
  readonly addon: unknown;
  readonly init: Uint8Array;
}

let parts = (): NativeParts => ({
  addon: createRequire(import.meta.url)(join(BUILD, 'terrarium.node')),
  init: readFileSync(join(BUILD, 'terrarium-init')),
});

/** For a program that carries both in itself; to be called before anything is started. Called once, when they are first needed. */
export function nativePartsFrom(carried: () => NativeParts): void {
  parts = carried;
}

function native(): Binding {
  if (binding) return binding;
  let loaded: Binding;
  try {
    const { addon, init } = parts();
    loaded = addon as Binding;
    loaded.setInit(init);
  } catch (cause) {
    throw new HostError('native build', 'the native part is not built, or does not load', {
      hint: 'npm run setup builds it',
      cause,
    });
  }
  loaded.listen(dispatch);
  binding = loaded;
  return loaded;
}

function dispatch(...[kind, id, a, b, c, d, bytes, descriptors]: Parameters<OnEvent>): void {
  const listener = listeners.get(id);
  if (!listener) return;
  if (typeof listener === 'function') {
    forget(id);
    listener();
    return;
  }
  if (kind === 0) {
    if (a < 0) forget(id);
    listener.born(a < 0 ? { errno: -a } : { pid: a, pidfd: b });
  } else if (kind === 1) listener.results(bytes ?? Buffer.alloc(0), descriptors ?? []);
  else if (kind === 2) listener.closed(a !== 0);
  else {
    forget(id);
    listener.exit({ code: a < 0 ? null : a, signal: b || null, cpuTimeUs: c, maxRssKiB: d });
  }
}

// The event loop stays alive exactly as long as somebody waits.
function expect(listener: BirthListener | (() => void)): number {
  const id = ++lastId;
  listeners.set(id, listener);
  attend(id, true);
  return id;
}

function forget(id: number): void {
  listeners.delete(id);
  attend(id, false);
}

/** Whether the event loop stays alive for what is still to be heard of a birth. It does until it is told otherwise. */
export function attend(id: number, attended: boolean): void {
  const before = awaited.size;
  if (attended) awaited.add(id);
  else awaited.delete(id);
  if (before === 0 && awaited.size > 0) native().ref();
  if (before > 0 && awaited.size === 0) native().unref();
}

/** Clones the init on the spawner thread; answers a number for `tell` and `go`. */
export function spawn(request: SpawnRequest, listener: BirthListener): number {
  const { flags, stdio, extra, cgroup, detachedCgroup, joinPid, batched } = request;
  const id = expect(listener);
  native().spawn(id, flags, [...stdio, extra, cgroup, detachedCgroup, joinPid], batched);
  return id;
}

/** What the init reads: first of all the one message of native/wire/protocol.h. Whoever has died meanwhile is told nothing. */
export function tell(id: number, bytes: Uint8Array): void {
  native().tell(id, bytes);
}

/** Has host operations performed when the process has ended, all of them, before that is heard of. Said too late it does nothing. */
export function atEnd(id: number, operations: Uint8Array): void {
  native().atEnd(id, operations);
}

/** Performs host operations `from` to before `to`, here and now. Answers their records, up to the first that was refused. */
export function perform(operations: Uint8Array, from: number, to: number): Buffer {
  return native().perform(operations, from, to);
}

/** Answers the init's `await` for this (native/wire/protocol.h, Awaited), or sees to it that it need not wait. */
export function go(id: number, awaited: number): void {
  native().tell(id, Uint8Array.of(awaited));
}

/** Resolves when the descriptor is readable: an eventfd that was signalled, a pidfd whose process has ended. */
export function readable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    native().watch(expect(resolve), fd);
  });
}

/** pidfd_open(2); throws an Error with `errno`. */
export function pidfdOpen(pid: number): number {
  return native().pidfdOpen(pid);
}

/** pidfd_send_signal(2); throws an Error with `errno` (3, ESRCH, when the process has ended). */
export function pidfdSendSignal(pidfd: number, signal: number): void {
  native().pidfdSendSignal(pidfd, signal);
}

/** eventfd(2), non-blocking. */
export function eventfd(): number {
  return native().eventfd();
}

/** ioctl_tty(2) TIOCSWINSZ. */
export function setWindowSize(fd: number, columns: number, rows: number): void {
  native().setWindowSize(fd, columns, rows);
}

/** A pseudo-terminal of the host's own devpts, pty(7): both descriptors are the caller's to close. */
export function openPty(): { readonly master: number; readonly slave: number } {
  const [master, slave] = native().openPty();
  return { master, slave };
}

/** Sends rtnetlink messages in one go, off the main thread, in the given network namespace or (-1) our own; resolves with the raw answers. */
export function netlink(messages: Uint8Array, netns = -1): Promise<Uint8Array> {
  return native().netlink(messages, netns);
}

/** seccomp_export_bpf(3) of a program: struct sock_filter[]. */
export function compileSeccomp(program: SeccompProgram): Uint8Array {
  return native().compileSeccomp(program);
}
