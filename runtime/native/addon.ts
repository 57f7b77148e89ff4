// The only importer of the addon, and the dispatch of each child's events to its listener.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HostError } from '../base/errors.ts';
import type { SeccompProgram } from '../plan/seccomp.ts';
import { CallError, exhaustedResource } from './exhausted.ts';
import { nativeFiles, unusable } from './parts.ts';
import { AWAITED, type Awaited, EVENT_KIND, FEATURE, type Feature } from './protocol.ts';
import type { OnEvent, Verbs } from './verbs.ts';

/** The addon's exports: native/binding. */
type Binding = Verbs<Buffer>;

/**
 * The exit of a process: its status, or the signal that ended it; both null if it was not our
 * child, as its status is then unknown.
 */
export interface Exit {
  readonly code: number | null;
  readonly signal: number | null;
  /**
   * User plus system time, and the largest resident set, of the process and its reaped children. Of
   * a process that the kernel reaps (CLONE_AUTOREAP): the time of all in its v2 group, and 0.
   */
  readonly cpuTimeUs: number;
  readonly maxRssKiB: number;
}

export interface SpawnRequest {
  /** CLONE_NEW* of clone3(2). */
  readonly flags: bigint;
  readonly stdio: readonly [number, number, number];
  /** The init's descriptor 4, and v2 directories to spawn into; -1 for none. */
  readonly extra: number;
  readonly cgroup: number;
  readonly detachedCgroup: number;
  readonly joinPid: number;
  /**
   * The init's records may arrive some milliseconds late, or together with its exit. Batch them
   * when only the exit is awaited: each would wake this process.
   */
  readonly batched: boolean;
}

/** The system call that failed, and its errno (positive). */
export interface CallFailure {
  readonly errno: number;
  readonly syscall: string;
}

/** The events of one child, in this order: spawned, results (any number), closed, exit. */
export interface SpawnListener {
  /**
   * The listener closes `pidfd` (closeFd), after `exit`. After a failure no event follows.
   */
  spawned(result: { readonly pid: number; readonly pidfd: number } | CallFailure): void;
  results(bytes: Buffer, descriptors: readonly number[]): void;
  /** The control socket failed, at any time before `closed`: the init exits. */
  failed(failure: CallFailure): void;
  /** `ended`: the process had exited, too, when this was detected. */
  closed(ended: boolean): void;
  exit(exit: Exit): void;
}

/** A single answer: bytes, or the failure. */
type Answer = (bytes: Buffer, failure: CallFailure | undefined, value: number) => void;

const listeners = new Map<number, SpawnListener | Answer>();
const awaited = new Set<number>();
let binding: Binding | undefined;
let lastId = 0;

/** The addon's exports, and the init's bytes. */
interface NativeParts {
  readonly addon: unknown;
  readonly init: Uint8Array;
}

let parts = (): NativeParts => {
  const require = createRequire(import.meta.url);
  const { addon, init } = nativeFiles(require.resolve);
  return { addon: require(addon), init: readFileSync(init) };
};

/** For an executable that contains both. Called once, on first use. */
export function nativePartsFrom(carried: () => NativeParts): void {
  parts = carried;
}

/**
 * The addon, loaded and listening. @throws HostError when it is missing or does not fit, or a
 * resource is exhausted.
 */
export function native(): Binding {
  if (binding) return binding;
  try {
    const { addon, init } = parts();
    const loaded = addon as Binding;
    loaded.setInit(init);
    loaded.listen(dispatch);
    binding = loaded;
    return loaded;
  } catch (cause) {
    throw exhaustedResource(cause) ?? (cause instanceof HostError ? cause : unusable(cause));
  }
}

function dispatch(...event: Parameters<OnEvent<Buffer>>): void {
  const [kind, id, a, b, c, d, bytes, descriptors, errno, syscall] = event;
  const listener = listeners.get(id);
  const failure = errno === 0 ? undefined : { errno, syscall };
  if (listener === undefined) discard(descriptors);
  else if (typeof listener === 'function') {
    forget(id);
    listener(bytes ?? Buffer.alloc(0), failure, a);
  } else if (kind === EVENT_KIND.spawned) {
    if (failure) forget(id);
    listener.spawned(failure ?? { pid: a, pidfd: b });
  } else if (kind === EVENT_KIND.results)
    listener.results(bytes ?? Buffer.alloc(0), descriptors ?? []);
  else if (kind === EVENT_KIND.closed) listener.closed(a !== 0);
  else if (kind === EVENT_KIND.failed) listener.failed({ errno, syscall });
  else if (kind === EVENT_KIND.exit) {
    forget(id);
    listener.exit({ code: a < 0 ? null : a, signal: b || null, cpuTimeUs: c, maxRssKiB: d });
  }
}

function discard(descriptors: readonly number[] | undefined): void {
  for (const fd of descriptors ?? []) closeFd(fd);
}

/** The event loop stays alive exactly as long as something is awaited. */
export function expectEvent(listener: SpawnListener | Answer): number {
  native();
  const id = ++lastId;
  listeners.set(id, listener);
  attend(id, true);
  return id;
}

export function forget(id: number): void {
  listeners.delete(id);
  attend(id, false);
}

/** Whether the event loop stays alive for further events of a child. Default: true. */
export function attend(id: number, attended: boolean): void {
  const before = awaited.size;
  if (attended) awaited.add(id);
  else awaited.delete(id);
  if (before === 0 && awaited.size > 0) native().ref();
  if (before > 0 && awaited.size === 0) native().unref();
}

/** Clones the init on the spawner thread; returns its id, for `send` and `release`. */
export function spawn(request: SpawnRequest, listener: SpawnListener): number {
  const { flags, stdio, extra, cgroup, detachedCgroup, joinPid, batched } = request;
  const id = expectEvent(listener);
  native().spawn(id, flags, [...stdio, extra, cgroup, detachedCgroup, joinPid], batched);
  return id;
}

/**
 * Bytes for the init: first the message of native/wire/protocol.h. Ignored if the process has
 * exited.
 */
export function send(id: number, bytes: Uint8Array): void {
  native().send(id, bytes);
}

/**
 * Exit actions: host operations to perform once the process has exited, before that is reported.
 * Ignored if it has already exited.
 */
export function onExit(id: number, operations: Uint8Array): void {
  native().onExit(id, operations);
}

/**
 * Performs host operations `from` (inclusive) to `to` (exclusive), synchronously. Returns their
 * records, up to the first failure.
 */
export function perform(operations: Uint8Array, from: number, to: number): Buffer {
  return native().perform(operations, from, to);
}

/**
 * Releases the init from its `await` for this (native/wire/protocol.h, Awaited), also ahead of
 * time.
 */
export function release(id: number, awaited: Awaited): void {
  native().send(id, Uint8Array.of(AWAITED[awaited]));
}

/**
 * Resolves when the descriptor is readable: a signalled eventfd, a pidfd whose process has exited.
 */
export function readable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    native().watch(
      expectEvent(() => resolve()),
      fd,
    );
  });
}

/**
 * The same with a time limit in milliseconds: false when it passed. Then close the descriptor,
 * which ends its watch.
 */
export function readableWithin(fd: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const id = expectEvent(() => {
      clearTimeout(timer);
      resolve(true);
    });
    const timer = setTimeout(() => {
      forget(id);
      resolve(false);
    }, ms);
    native().watch(id, fd);
  });
}

/**
 * As `readable`, until `signal` is aborted. Then close the descriptor, which ends its watch.
 *
 * @throws the reason of the aborted `signal`.
 */
export function readableUntil(fd: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const id = expectEvent(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    const abort = () => {
      forget(id);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    native().watch(id, fd);
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

/** pipe2(2), close-on-exec; throws an Error with `errno`. */
export function pipe(): [reading: number, writing: number] {
  return native().pipe();
}

/**
 * Opens the root of an existing cgroup hierarchy without attaching it to a path: fsmount(2).
 *
 * @throws an Error with `errno`: EPERM without CAP_SYS_ADMIN.
 */
export function mountHierarchy(type: 'cgroup' | 'cgroup2', controllers: readonly string[]): number {
  return native().mountHierarchy(type, controllers);
}

/**
 * CLOCK_MONOTONIC, nanoseconds: the clock of all records. process.hrtime() is that only under Node.
 */
export function monotonicNs(): bigint {
  return native().monotonicNs();
}

/** getxattr(2): whether a file has this extended attribute, and we may read it. */
export function hasAttribute(path: string, name: string): boolean {
  return native().hasAttribute(path, name);
}

/** Which features of newer kernels this one has; probing takes some microseconds. */
export function kernelFeatures(): Feature[] {
  const bits = native().kernelFeatures();
  const has = (name: Feature) => (bits & FEATURE[name]) !== 0;
  return (['mount_namespace', 'clone_autokill'] as const).filter(has);
}

/** close(2) of a descriptor of the addon's: Node's own function would warn in a worker thread. */
export function closeFd(fd: number): void {
  native().close(fd);
}

/**
 * Sends rtnetlink messages at once, on the addon's netlink thread; resolves with the raw answers.
 *
 * @throws an Error with `errno` and `syscall`
 */
export function netlink(messages: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const id = expectEvent((bytes, failure) => {
      if (failure) reject(new CallError(failure));
      else resolve(bytes);
    });
    try {
      native().netlink(id, messages);
    } catch (error) {
      forget(id);
      reject(error);
    }
  });
}

/** seccomp_export_bpf(3) of a program: struct sock_filter[]. */
export function compileSeccomp(program: SeccompProgram): Uint8Array {
  return native().compileSeccomp(program);
}
