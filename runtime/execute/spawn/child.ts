// A child process, from clone3(2) to its exit: what the init reports becomes a trace, a
// terminal, an error.
import { debug, took } from '../../debug/debug.ts';
import {
  attend,
  type CallFailure,
  closeFd,
  type Exit,
  monotonicNs,
  onExit,
  pidfdOpen,
  pidfdSendSignal,
  release,
  type SpawnRequest,
  send,
  spawn,
} from '../../native/addon.ts';
import { errnoName, systemFailure } from '../../native/errno.ts';
import type { Awaited } from '../../native/protocol.ts';
import { type Place, Records, type Result } from '../../native/records.ts';

const SIGKILL = 9;
const ESRCH = 3;

/** The process exited before its pid was known. */
export const ENDED: CallFailure = { errno: ESRCH, syscall: 'clone3' };

/**
 * An operation that failed in the init: its index among the `inside` operations (the last is
 * `execve`), the call and its errno.
 */
export interface StepFailure {
  readonly index: number;
  readonly syscall: string;
  readonly errno: number;
}

/** A call of the init itself, outside of any operation. */
export type InitFailed = Omit<StepFailure, 'index'>;

interface Settled<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export class Child {
  readonly #records = new Records();
  /** The terminal's master, once its operation is done. The receiver closes it. */
  terminal: number | undefined;
  failedStep: StepFailure | undefined;
  /** Why the control socket to the init failed, if it did. */
  failed: CallFailure | undefined;
  /** The failed call of the init itself, if it reported one. */
  initFailed: InitFailed | undefined;
  /** Whether the workload took over. */
  executed = false;
  /**
   * When it did, CLOCK_MONOTONIC nanoseconds; undefined also when that became known only after the
   * exit.
   */
  executedNs: bigint | undefined;
  /** When the spawn was requested, CLOCK_MONOTONIC nanoseconds. */
  readonly requestedNs = monotonicNs();

  readonly #firstPid: Settled<number | CallFailure> = settled();
  readonly #spawned: Settled<void> = settled();
  readonly #closed: Settled<void> = settled();
  readonly #exit: Settled<Exit> = settled();
  readonly #spawnId: number;
  #awaitIndex = Number.POSITIVE_INFINITY;
  readonly #reached: Settled<void> = settled();
  readonly #detached: boolean;
  readonly #last: number;
  /**
   * Of our child (a detached container's watcher), and of the container's first process: the same
   * unless detached.
   */
  #pid = -1;
  #childFd = -1;
  #pidfd = -1;
  #ended = false;
  #waitedFor = false;

  /**
   * `message` encodes the plan for the init while the kernel clones it; `last` is the index of the
   * operation that executes the workload.
   */
  constructor(
    request: SpawnRequest,
    message: () => Uint8Array,
    { detached, last }: { readonly detached: boolean; readonly last: number },
  ) {
    this.#detached = detached;
    this.#last = last;
    this.#spawnId = spawn(request, {
      spawned: (result) => this.#onSpawned(result),
      results: (bytes, descriptors) => this.#onResults(bytes, descriptors),
      failed: (failure) => {
        this.failed ??= failure;
      },
      closed: (ended) => this.#onClosed(ended),
      exit: (exit) => this.#onExit(exit),
    });
    send(this.#spawnId, message());
  }

  /** Host operations to perform on exit, before `exit` resolves. */
  onExit(operations: Uint8Array): void {
    onExit(this.#spawnId, operations);
  }

  /** Every record so far, in order. */
  results(): Result[] {
    return this.#records.all();
  }

  resultsOf(place: Place): Result[] {
    return this.#records.of(place);
  }

  /** Position of the last operation that the init has reported; -1 before the first. */
  get reported(): number {
    return this.#records.last;
  }

  /** The pid of the container's first process as we see it, or why there is none. */
  get firstPid(): Promise<number | CallFailure> {
    return this.#firstPid.promise;
  }

  /** clone3(2) has returned, and the descriptors that it was given are no longer needed. */
  get spawned(): Promise<void> {
    return this.#spawned.promise;
  }

  /** The workload is executing, or a step failed (`failedStep`), or the init died (neither). */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Of a detached container, the exit of its watcher. Only reading this property keeps the event
   * loop alive until then.
   */
  get exit(): Promise<Exit> {
    this.#waitedFor = true;
    if (!this.#ended) attend(this.#spawnId, true);
    return this.#exit.promise;
  }

  /** Resolves when the init is about to wait at its operation `index`, or has failed before. */
  reaching(index: number): Promise<void> {
    this.#awaitIndex = index;
    this.#reach();
    return this.#reached.promise;
  }

  /** Lets the init pass its `await` for this. */
  release(what: Awaited): void {
    release(this.#spawnId, what);
  }

  /**
   * Lets the init pass its `await` for `start`, and execute the operation of this message instead
   * of the plan's last one.
   */
  releaseWith(command: Uint8Array): void {
    this.release('command');
    send(this.#spawnId, command);
  }

  /** pidfd_send_signal(2); nothing when the process has ended. */
  signal(signal: number): void {
    this.#signal(signal);
  }

  /** Whether it has not been reaped yet. */
  get runs(): boolean {
    return this.#signal(0);
  }

  #signal(signal: number): boolean {
    if (this.#ended || this.#pidfd < 0) return false;
    try {
      pidfdSendSignal(this.#pidfd, signal);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'errno' in error && error.errno === ESRCH)) throw error;
      return false;
    }
  }

  kill(): void {
    this.signal(SIGKILL);
  }

  /** Kills it, waits for its exit and closes its terminal. Any number of times. */
  async discard(): Promise<void> {
    await this.spawned;
    if (!this.#ended || this.#childFd >= 0) {
      this.kill();
      await this.exit;
    }
    this.closeTerminal();
  }

  closeTerminal(): void {
    if (this.terminal !== undefined) closeFd(this.terminal);
    this.terminal = undefined;
  }

  #onSpawned(result: { readonly pid: number; readonly pidfd: number } | CallFailure): void {
    this.#spawned.resolve();
    debug?.('process', '', () => this.#spawnedText(result), this.requestedNs);
    if ('errno' in result) {
      this.#ended = true;
      this.#firstPid.resolve(result);
      // No more events follow.
      this.#reached.resolve();
      this.#closed.resolve();
      return;
    }
    this.#pid = result.pid;
    this.#childFd = result.pidfd;
    this.#pidfd = result.pidfd;
    // A detached container's own pid comes from its watcher.
    if (!this.#detached) this.#firstPid.resolve(result.pid);
  }

  #spawnedText(result: { readonly pid: number } | CallFailure): string {
    const ns = monotonicNs() - this.requestedNs;
    if ('errno' in result) return `${result.syscall}: ${errnoName(result.errno)}, ${took(ns)}`;
    return `${result.pid}: spawned${this.#detached ? ', the watcher' : ''}, ${took(ns)}`;
  }

  #onResults(bytes: Buffer, descriptors: readonly number[]): void {
    this.terminal = descriptors[0] ?? this.terminal;
    for (const result of this.#records.add(bytes)) {
      if (result.place === 'pid') this.#onWatched(result);
      else if (result.place === 'init')
        this.initFailed = { syscall: result.syscall, errno: result.errno };
      else this.failedStep = { index: result.index, syscall: result.syscall, errno: result.errno };
    }
    this.#reach();
  }

  #onWatched({ errno, extra, syscall }: Result): void {
    if (errno) {
      this.#firstPid.resolve({ errno, syscall });
      return;
    }
    try {
      this.#pidfd = openIfThere(extra);
      this.#firstPid.resolve(extra);
    } catch (error) {
      // EMFILE. Its watcher has not reaped it yet, so the number is still its own.
      process.kill(extra, SIGKILL);
      this.failed ??= callFailureOf(error);
      this.#firstPid.resolve(this.failed);
    }
  }

  #reach(): void {
    if (this.reported >= this.#awaitIndex - 1) this.#reached.resolve();
  }

  #onClosed(ended: boolean): void {
    // The init reports its last operation just before execve(2); a dead one reports nothing.
    this.executed = !this.failedStep && !this.failed && this.reported === this.#last;
    debug?.('process', '', () => `${this.#pid}: ${this.executed ? 'executed' : 'init is done'}`);
    if (this.executed && !ended) this.executedNs = monotonicNs();
    this.#firstPid.resolve(this.failed ?? ENDED);
    this.#reached.resolve();
    this.#closed.resolve();
    if (this.#detached && !this.#waitedFor) attend(this.#spawnId, false);
  }

  #onExit(exit: Exit): void {
    this.#ended = true;
    debug?.('process', '', () => `${this.#pid}: ${exitText(exit)}`);
    closeFd(this.#childFd);
    if (this.#pidfd >= 0 && this.#pidfd !== this.#childFd) closeFd(this.#pidfd);
    this.#firstPid.resolve(this.failed ?? ENDED);
    this.#reached.resolve();
    this.#closed.resolve();
    this.#exit.resolve(exit);
  }
}

function exitText({ code, signal, cpuTimeUs }: Exit): string {
  return `ended with ${signal ? `signal ${signal}` : `status ${code}`}, processor ${cpuTimeUs} µs`;
}

/** -1 when it has exited and its watcher has reaped it. */
function openIfThere(pid: number): number {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    if (error instanceof Error && 'errno' in error && error.errno === ESRCH) return -1;
    throw error;
  }
}

/** Of an error of the addon's or of Node's. */
function callFailureOf(error: unknown): CallFailure {
  const { errno, syscall } = systemFailure(error) ?? { errno: 5, syscall: 'pidfd_open' };
  return { errno, syscall };
}

function settled<T>(): Settled<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
}
