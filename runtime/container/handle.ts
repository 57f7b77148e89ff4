// What can be done with one container, by its maker and by others.

import { StateError } from '../base/errors.ts';
import type { Limits } from '../cgroups/controllers/controller.ts';
import type { ContainerStats } from '../cgroups/controllers/index.ts';
import type { ContainerCgroups } from '../cgroups/directories.ts';
import { pidsOf } from '../cgroups/remove.ts';
import { oomKills, readStats } from '../cgroups/stats.ts';
import { updateLimits } from '../cgroups/update.ts';
import { debug } from '../debug/debug.ts';
import { appendTo, type JournalRecord, stateFiles } from '../execute/journal/journal.ts';
import { closeFd, pidfdSendSignal } from '../native/addon.ts';
import type { Plan, Trace } from '../plan/operations.ts';
import { unlessAborted } from './call/aborted.ts';
import type { CallResult, Encoding } from './call/call.ts';
import { requireLimits, requireSignal, signalOf } from './call/check.ts';
import { type Terminal, terminalOf } from './call/terminal.ts';
import type { CreatedContainer } from './create/create.ts';
import { hostFacts } from './create/prepare.ts';
import { endedWithin } from './end/end.ts';
import { deleteFound, endOfFound, openFirst } from './end/found.ts';
import { remove, withoutLinks } from './end/remove.ts';
import {
  type ContainerRunOptions,
  type ExecOptions,
  type ExecTarget,
  type ExecutedProcess,
  execIn,
  runIn,
} from './exec/exec.ts';
import { type ContainerProcess, processesOf } from './state/processes.ts';
import { cgroupsOf, requireSameProcesses } from './state/reach.ts';
import {
  baseOf,
  type ContainerState,
  type ExitStatus,
  exitRecord,
  exitStatus,
  killsOf,
  type Life,
  oomKilled,
  readLife,
  readState,
  recordedExit,
  settledExit,
} from './state/state.ts';
import { noContainer, notRunning, stillRuns } from './state/state-errors.ts';
import { followLog } from './streams/log.ts';
import type { OwnedStreams } from './streams/pipes.ts';
import type { StdioOption } from './streams/stdio.ts';
import type { Streams } from './streams/streams.ts';

const SIGKILL = 9;

/** What verbs that wait take, beside their own options. */
interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

interface LogOptions extends Waiting {
  readonly follow?: boolean | undefined;
}

interface DeleteOptions extends Waiting {
  readonly force?: boolean | undefined;
}

/** What a container does with streams of its own. */
type Owned = Partial<Pick<OwnedStreams, 'waiting' | 'drained' | 'release'>>;

/**
 * One container, made here (`createContainer`) or found by its id (`openContainer`). `S`: its
 * `stdio`.
 */
export class Container<S extends StdioOption = StdioOption> implements AsyncDisposable {
  readonly id: string;
  /**
   * Of one that was made here: its standard streams that are pipes. Their bytes stay readable after
   * the end; `delete` closes those that the program is not reading.
   */
  readonly stdin: Streams<S>['stdin'];
  readonly stdout: Streams<S>['stdout'];
  readonly stderr: Streams<S>['stderr'];
  readonly #streams: Owned;
  readonly #made: CreatedContainer | undefined;
  readonly #found: JournalRecord;
  /** Whether the program has the terminal, and closes it. */
  #handedOut = false;
  #cgroups: ContainerCgroups | undefined;
  #deleted = false;
  #deleting: Promise<void> = Promise.resolve();
  #cpuTimeUs = 0;

  /** Use `createContainer` and `openContainer`. */
  constructor(
    record: JournalRecord,
    made: CreatedContainer | undefined,
    streams: Streams<S> & Owned,
  ) {
    this.id = record.head.id;
    this.#found = record;
    this.#made = made;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.#streams = streams;
  }

  /** What is known of it: of one that was made here, up to now. */
  get #record(): JournalRecord {
    return this.#made?.journal.record ?? this.#found;
  }

  /** The host's number of its first process; 0 when it has ended. */
  get pid(): number {
    return this.#made?.pid ?? this.#life().pid;
  }

  /** Whether its system calls are filtered. */
  get filtered(): boolean {
    return this.#record.head.seccomp === 'default';
  }

  /** What the runtime warned of: limits that this host keeps only in part. */
  get warnings(): readonly string[] {
    return this.#made?.prepared.warnings ?? [];
  }

  /** Where its cgroups are. @throws HostError when they are hidden from this process. */
  get cgroups(): ContainerCgroups {
    const { head } = this.#record;
    this.#cgroups ??= this.#made ? head.cgroups : cgroupsOf(head);
    return this.#cgroups;
  }

  /** What was performed. Undefined for a container that was not made here. */
  get plan(): Plan | undefined {
    return this.#made?.prepared.plan;
  }

  /** The terminal of a container that was made here with one. */
  get terminal(): Terminal | undefined {
    this.#handedOut = true;
    return terminalOf(this.#made?.child.terminal);
  }

  /**
   * User and system time of the first process and what it waited for, microseconds; from Linux 7.1
   * with cgroup v2 of all its processes. 0 until it has ended, or when it was not made here.
   */
  get cpuTimeUs(): number {
    return this.#cpuTimeUs;
  }

  /**
   * Each operation of the plan with its nanoseconds and errno, so far. Empty for a container that
   * was not made here.
   */
  trace(): Trace {
    return this.#made?.trace() ?? [];
  }

  /** @throws StateError when it is not known any more. */
  state(): ContainerState {
    const state = readState(this.id);
    if (!state) throw noContainer(this.id);
    return state;
  }

  #life(): Life {
    const life = readLife(this.id);
    if (!life) throw noContainer(this.id);
    return life;
  }

  /**
   * Executes the command of a container created with `start: false` (OCI start). Resolves when that
   * is done.
   *
   * @throws StateError when it does not wait for that; KernelOpError when the command cannot be
   * executed, and the reason of a `signal` aborted by then: the container is stopped then.
   */
  async start({ signal }: Waiting = {}): Promise<void> {
    requireSignal(signal)?.throwIfAborted();
    const made = this.#made;
    if (!made || this.#life().status !== 'created')
      throw new StateError(`container ${this.id} is not waiting to be started`);
    const end = () => made.child.kill();
    signal?.addEventListener('abort', end, { once: true });
    try {
      await made.start();
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
    signal?.throwIfAborted();
  }

  /**
   * Resolves when its first process has ended, and its output has been handed to listeners for
   * `data`. A container that others made in the foreground ends with an unknown status.
   *
   * Output that the program does not read does not keep it from ending: while this waits, 16 MiB of
   * each pipe are kept for a later reader. If there is more, the stream is destroyed.
   *
   * @throws the reason of an aborted `signal`; the container goes on.
   */
  async wait({ signal }: Waiting = {}): Promise<ExitStatus> {
    requireSignal(signal)?.throwIfAborted();
    const status = await (this.#made
      ? this.#waitFor(this.#made, signal)
      : endOfFound(this.#record, signal));
    return { ...status, ...oomKilled(killsOf(this.#record.head)) };
  }

  async #waitFor(
    { child }: CreatedContainer,
    signal: AbortSignal | undefined,
  ): Promise<ExitStatus> {
    this.#streams.waiting?.();
    const exit = await unlessAborted(child.exit, signal);
    this.#cpuTimeUs = exit.cpuTimeUs;
    if (this.#streams.drained) await unlessAborted(this.#streams.drained(), signal);
    const { detach } = this.#record.head;
    return detach ? recordedExit(this.id) : exitStatus(exit.code, exit.signal);
  }

  /**
   * kill(2) to the first process, by number or name: 15, `TERM`, `SIGTERM`. @throws ConfigError;
   * StateError when it has ended.
   */
  kill(signal: number | string = SIGKILL): void {
    const number = signalOf(signal);
    debug?.('signals', this.id, () => `signal ${number} to process ${this.pid}`);
    const fd = openFirst(this.#record);
    if (fd === undefined) throw new StateError(`container ${this.id} is not running`);
    try {
      pidfdSendSignal(fd, number);
    } finally {
      closeFd(fd);
    }
  }

  /**
   * One more process in all its namespaces and cgroups, confined as its first one is.
   * Resolves when it runs.
   *
   * @throws ConfigError; StateError when the container does not run; KernelOpError when the command
   * cannot be executed; the reason of a `signal` aborted by then.
   */
  exec<const P extends StdioOption = 'inherit'>(
    options: ExecOptions<P>,
  ): Promise<ExecutedProcess<P>>;
  async exec(options: ExecOptions): Promise<ExecutedProcess> {
    return execIn(this.#target(), options);
  }

  /**
   * `exec`, and waits for the end of the process: the output of its pipes is in the result. It
   * resolves whatever the exit code is, unless `reject` is set. What the process has started and
   * left running goes on, and holds its pipes: the result waits for them, too.
   *
   * @throws as `exec`; RunError with the fields of a result when it did not go to its end:
   * `timeout`, `maxBuffer`, an aborted `signal`, an `input` that failed. The container goes on.
   */
  run<const P extends StdioOption = 'inherit', const E extends Encoding = 'utf8'>(
    options: ContainerRunOptions<P, E>,
  ): Promise<CallResult<P, E>>;
  async run(options: ContainerRunOptions): Promise<CallResult> {
    return runIn(this.#target(), options);
  }

  #target(): ExecTarget {
    requireSameProcesses(this.#record.head);
    const { pid, status } = this.#life();
    if (status !== 'running') throw notRunning(this.id, status);
    return { record: this.#record, cgroups: this.cgroups, pid };
  }

  /** Memory, CPU and processes, now. @throws StateError when it has no cgroup. */
  stats(): ContainerStats {
    return readStats(this.id, this.cgroups);
  }

  /**
   * Processes of it that the kernel ended at its memory limit, so far; 0 where nothing counts them.
   */
  oomKills(): number {
    return oomKills(this.cgroups) ?? 0;
  }

  /**
   * Changes limits while it runs or waits for `start`; limits that are not named stay.
   *
   * @throws ConfigError; StateError when it has ended; HostError when the kernel refuses; all or
   * nothing.
   */
  update(limits: Limits): void {
    requireLimits(limits);
    requireSameProcesses(this.#record.head);
    const { status } = this.#life();
    if (status !== 'running' && status !== 'created') throw notRunning(this.id, status);
    updateLimits(this.id, this.cgroups, limits, hostFacts(), (given) =>
      appendTo(baseOf(this.id), { kind: 'updated', given }),
    );
  }

  /**
   * Every process in it, by the numbers of both sides. @throws StateError from another PID
   * namespace.
   */
  processes(): ContainerProcess[] {
    requireSameProcesses(this.#record.head);
    return processesOf(pidsOf(this.cgroups), this.pid);
  }

  /**
   * The bytes that a detached container wrote, as far as they are kept; with `follow` until it
   * ends.
   *
   * @throws StateError for a container without a log; the reason of an aborted `signal`.
   */
  logs({ follow = false, signal }: LogOptions = {}): AsyncGenerator<Uint8Array> {
    requireSignal(signal);
    const { log, olderLog } = stateFiles(baseOf(this.id));
    return followLog(
      { current: log, older: olderLog },
      async () => {
        const status = readLife(this.id)?.status;
        // The watcher records the end when the last output is in the log.
        if (status === 'stopped') await settledExit(this.id);
        return follow && status === 'running';
      },
      signal,
    );
  }

  /**
   * Bytes of its output that are not in the log, since the log's file system was full. Known when
   * it has ended.
   */
  get droppedLogBytes(): number {
    return exitRecord(this.id)?.droppedBytes ?? 0;
  }

  /**
   * Undoes everything it made. @throws StateError while it runs, unless `force`d; TerrariumError
   * with what could not be undone; the reason of a `signal` aborted before it began. A deletion
   * that has begun goes on to its end.
   */
  async delete({ force = false, signal }: DeleteOptions = {}): Promise<void> {
    requireSignal(signal)?.throwIfAborted();
    // One after the other: two at once would close and remove the same things.
    const deletion = this.#deleting.then(() => {
      signal?.throwIfAborted();
      return this.#delete(force);
    });
    this.#deleting = deletion.catch(() => {});
    await deletion;
  }

  async #delete(force: boolean): Promise<void> {
    if (this.#deleted) return;
    if (this.#made) await this.#endOurs(this.#made, force);
    else await deleteFound(this.#record, force);
    this.#streams.release?.();
    this.#deleted = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ force: true });
  }

  async #endOurs(made: CreatedContainer, force: boolean): Promise<void> {
    const { detach } = this.#record.head;
    const running = detach
      ? (readLife(this.id)?.status ?? 'stopped') !== 'stopped'
      : !(await ended(made));
    if (running && !force) throw stillRuns(this.id);
    made.child.kill();
    await endedWithin(this.id, made.child.exit, () => [made.pid, ...pidsOf(this.cgroups)]);
    if (!this.#handedOut) made.child.closeTerminal();
    await remove(this.id, withoutLinks(made.undos), made.journal);
  }
}

async function ended({ child }: CreatedContainer): Promise<boolean> {
  return Promise.race([
    child.exit.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(resolve, false)),
  ]);
}
