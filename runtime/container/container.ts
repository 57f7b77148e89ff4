// The public API: create, run, open, list containers, and what can be done with one.
import type { ContainerCgroups } from '../cgroups/directories.ts';
import type { Limits } from '../cgroups/limits.ts';
import { pidsOf } from '../cgroups/remove.ts';
import { type ContainerStats, oomKills, readStats } from '../cgroups/stats.ts';
import { updateLimits } from '../cgroups/update.ts';
import { StateError, TerrariumError } from '../errors.ts';
import { type JournalRecord, readJournal, stateFiles } from '../execute/journal.ts';
import { closeFd, pidfdOpen, pidfdSendSignal, readable } from '../native/addon.ts';
import { setWindowSize } from '../native/pump.ts';
import type { Plan, Trace } from '../plan/operations.ts';
import { requireLimits, signalOf, windowSize } from './check.ts';
import { type CreateOptions, type Made, make } from './create.ts';
import { type ExecOptions, type ExecutedProcess, execIn } from './exec.ts';
import { followLog } from './log.ts';
import { hostFacts } from './prepare.ts';
import { type ContainerProcess, processesOf } from './processes.ts';
import { remove, withoutLinks } from './remove.ts';
import {
  baseOf,
  type ContainerState,
  containerIds,
  type ExitStatus,
  exitRecord,
  exitStatus,
  oomKilled,
  readState,
  recordedExit,
  stateFrom,
} from './state.ts';

export type { CreateOptions } from './create.ts';
export type { ExecOptions, ExecutedProcess } from './exec.ts';
export { collectGarbage, type Undone } from './gc.ts';
export { createPool, type Pool, type PoolOptions, type PoolRunOptions } from './pool.ts';
export { planFor } from './prepare.ts';
export type { ContainerProcess } from './processes.ts';
export { type RunOptions, type RunResult, run } from './run.ts';
export type { ContainerState, ExitStatus } from './state.ts';
export type { StdioOption } from './stdio.ts';

const SIGKILL = 9;
const ESRCH = 3;
const UNKNOWN: ExitStatus = { exitCode: undefined, signal: undefined };

/** A container's end of its terminal: the descriptor is the receiver's to read, write and close. */
export interface Terminal {
  readonly fd: number;
  /** In characters; the foreground process group gets SIGWINCH. */
  resize(columns: number, rows: number): void;
}

/** One container, made here (`createContainer`) or found by its id (`openContainer`). */
export class Container implements AsyncDisposable {
  readonly id: string;
  readonly #made: Made | undefined;
  readonly #record: JournalRecord;
  #deleted = false;
  #deleting: Promise<void> = Promise.resolve();
  #cpuTimeUs = 0;

  /** Use `createContainer` and `openContainer`. */
  constructor(record: JournalRecord, made: Made | undefined) {
    this.id = record.head.id;
    this.#record = record;
    this.#made = made;
  }

  /** The host's number of its first process; 0 when it has ended. */
  get pid(): number {
    return this.#made?.pid ?? this.state().pid;
  }

  /** What the runtime warned of: limits that this host keeps only in part. */
  get warnings(): readonly string[] {
    return this.#made?.prepared.warnings ?? [];
  }

  /** Where its control groups are. */
  get cgroups(): ContainerCgroups {
    return this.#record.head.cgroups;
  }

  /** What was performed. Undefined for a container that was not made here. */
  get plan(): Plan | undefined {
    return this.#made?.prepared.plan;
  }

  /** The terminal of a container that was made here with one. */
  get terminal(): Terminal | undefined {
    const fd = this.#made?.birth.terminal;
    return fd === undefined
      ? undefined
      : { fd, resize: (columns, rows) => setWindowSize(fd, ...windowSize(columns, rows)) };
  }

  /** User and system time of the first process and what it waited for, microseconds; 0 until it has ended, or when it was not made here. */
  get cpuTimeUs(): number {
    return this.#cpuTimeUs;
  }

  /** Each operation of the plan with its nanoseconds and errno, so far. Empty for a container that was not made here. */
  trace(): Trace {
    return this.#made?.trace() ?? [];
  }

  /** @throws StateError when it is not known any more. */
  state(): ContainerState {
    const state = readState(this.id);
    if (!state) throw unknown(this.id);
    return state;
  }

  /**
   * Executes the command of a container created with `start: false` (OCI start). Resolves when that is done.
   *
   * @throws StateError when it does not wait for that; KernelOpError when the command cannot be executed: the container is stopped then.
   */
  async start(): Promise<void> {
    const made = this.#made;
    if (!made || this.state().status !== 'created')
      throw new StateError(`container ${this.id} is not waiting to be started`);
    await made.start();
  }

  /** Resolves when its first process has ended. A container that others made in the foreground ends with an unknown status. */
  async wait(): Promise<ExitStatus> {
    if (this.#made) {
      const exit = await this.#made.birth.exit;
      this.#cpuTimeUs = exit.cpuTimeUs;
      const { detach } = this.#record.head;
      return this.#ended(detach ? recordedExit(this.id) : exitStatus(exit.code, exit.signal));
    }
    const fd = this.#openPidfd();
    if (fd !== undefined) {
      try {
        await readable(fd);
      } finally {
        closeFd(fd);
      }
    }
    const { detach } = this.#record.head;
    return this.#ended(detach ? await settledExit(this.id) : UNKNOWN);
  }

  #ended(status: ExitStatus): ExitStatus {
    return { ...status, ...oomKilled(oomKills(this.cgroups)) };
  }

  /** kill(2) to the first process, by number or name: 15, `TERM`, `SIGTERM`. @throws ConfigError; StateError when it has ended. */
  kill(signal: number | string = SIGKILL): void {
    const number = signalOf(signal);
    const fd = this.#openPidfd();
    if (fd === undefined) throw new StateError(`container ${this.id} is not running`);
    try {
      pidfdSendSignal(fd, number);
    } finally {
      closeFd(fd);
    }
  }

  /** One more process in all its namespaces and control groups, confined as its first one is. */
  async exec(options: ExecOptions): Promise<ExecutedProcess> {
    const { pid, status } = this.state();
    if (status !== 'running') throw notRunning(this.id, status);
    return execIn(this.#record, pid, options);
  }

  /** Memory, CPU and processes, now. @throws StateError when it has no control group. */
  stats(): ContainerStats {
    return readStats(this.id, this.cgroups);
  }

  /** Processes of it that the kernel ended at its memory limit, so far; 0 where nothing counts them. */
  oomKills(): number {
    return oomKills(this.cgroups) ?? 0;
  }

  /**
   * Changes limits while it runs or waits for `start`; limits that are not named stay.
   *
   * @throws ConfigError; StateError when it has ended; HostError when the kernel refuses; all or nothing.
   */
  update(limits: Limits): void {
    requireLimits(limits);
    const { status } = this.state();
    if (status !== 'running' && status !== 'created') throw notRunning(this.id, status);
    updateLimits(this.id, this.cgroups, limits, hostFacts());
  }

  /** Every process in it, by the numbers of both sides. */
  processes(): ContainerProcess[] {
    return processesOf(pidsOf(this.cgroups), this.pid);
  }

  /** The bytes that a detached container wrote, as far as they are kept; with `follow` until it ends. */
  logs({ follow = false }: { readonly follow?: boolean } = {}): AsyncGenerator<Uint8Array> {
    const { log, olderLog } = stateFiles(baseOf(this.id));
    return followLog({ current: log, older: olderLog }, async () => {
      const status = readState(this.id)?.status;
      // The watcher records the end when the last output is in the log.
      if (status === 'stopped') await settledExit(this.id);
      return follow && status === 'running';
    });
  }

  /** Bytes of its output that are not in the log, since the log's file system was full. Known when it has ended. */
  get droppedLogBytes(): number {
    return exitRecord(this.id)?.droppedBytes ?? 0;
  }

  /** Undoes everything it made. @throws StateError while it runs, unless `force`d; TerrariumError with what could not be undone. */
  async delete({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    // One after the other: two at once would close and remove the same things.
    const turn = this.#deleting.then(() => this.#delete(force));
    this.#deleting = turn.catch(() => {});
    await turn;
  }

  async #delete(force: boolean): Promise<void> {
    if (this.#deleted) return;
    if (this.#made) await this.#endOurs(this.#made, force);
    else await this.#endFound(force);
    this.#deleted = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ force: true });
  }

  async #endOurs(made: Made, force: boolean): Promise<void> {
    const { detach } = this.#record.head;
    const running = detach
      ? (readState(this.id)?.status ?? 'stopped') !== 'stopped'
      : !(await ended(made));
    if (running && !force) throw stillRuns(this.id);
    made.birth.kill();
    await made.birth.exit;
    await remove(this.id, withoutLinks(made.undos), made.journal);
  }

  async #endFound(force: boolean): Promise<void> {
    const fd = this.#openPidfd();
    if (fd !== undefined) {
      try {
        if (!force) throw stillRuns(this.id);
        pidfdSendSignal(fd, SIGKILL);
        await readable(fd);
      } finally {
        closeFd(fd);
      }
      // Its watcher may still be at work in the files that go now.
      if (this.#record.head.detach) await settledExit(this.id);
    }
    await remove(this.id, this.#record.head.undo, undefined);
  }

  /** Only of the process that was born as this container, not of another that got its number since. */
  #openPidfd(): number | undefined {
    const first = this.#record.process;
    if (!first) return undefined;
    let fd: number;
    try {
      fd = pidfdOpen(first.pid);
    } catch (error) {
      if (error instanceof Error && 'errno' in error && error.errno === ESRCH) return undefined;
      throw error;
    }
    if (this.state().pid === first.pid) return fd;
    closeFd(fd);
    return undefined;
  }
}

/**
 * Makes a container and executes its command (with `start: false` everything but that).
 *
 * @throws ConfigError naming every wrong option; HostError for what this host lacks; KernelOpError naming the step that the kernel
 * refused; StateError when the id or address is in use. Nothing is left behind then.
 */
export async function createContainer(options: CreateOptions): Promise<Container> {
  const made = await make(options);
  const record = readJournal(made.journal.base);
  if (!record)
    throw new TerrariumError(
      `the state of ${made.prepared.config.id} has gone while it was being made`,
    );
  return new Container(record, made);
}

/** A container by its id. @throws StateError when there is none. */
export async function openContainer(id: string): Promise<Container> {
  const record = isId(id) ? readJournal(baseOf(id)) : undefined;
  if (!record) throw unknown(id);
  return new Container(record, undefined);
}

/** The containers of this host, oldest first. */
export function listContainers(): ContainerState[] {
  return containerIds()
    .flatMap((id) => {
      const record = readJournal(baseOf(id));
      return record ? [stateFrom(record)] : [];
    })
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

async function ended({ birth }: Made): Promise<boolean> {
  return Promise.race([
    birth.exit.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(resolve, false)),
  ]);
}

/** The watcher writes the record right after the container has ended: a moment later, from where we look. */
async function settledExit(id: string): Promise<ExitStatus> {
  for (let pause = 1; pause < 256; pause *= 2) {
    const exit = recordedExit(id);
    if (exit.exitCode !== undefined || exit.signal !== undefined) return exit;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return recordedExit(id);
}

function isId(id: string): boolean {
  return typeof id === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id);
}

function unknown(id: string): StateError {
  return new StateError(`there is no container ${id}`, {
    hint: '`terrarium list` shows those that there are',
  });
}

function notRunning(id: string, status: ContainerState['status']): StateError {
  return new StateError(`container ${id} is not running`, { hint: `it is ${status}` });
}

function stillRuns(id: string): StateError {
  return new StateError(`container ${id} is running`, { hint: 'end it first, or use --force' });
}
