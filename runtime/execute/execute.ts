// Performs a plan phase by phase and times each operation. On a failure everything made so far is
// undone.

import { messageOf, TerrariumError } from '../base/errors.ts';
import { enableAgain } from '../cgroups/enable-again.ts';
import { writesOf } from '../cgroups/lost.ts';
import type { Config } from '../config/config.ts';
import { debug } from '../debug/debug.ts';
import type { HostFacts } from '../host/facts.ts';
import { identityOf } from '../host/process/process.ts';
import { monotonicNs, perform } from '../native/addon.ts';
import { CallError } from '../native/exhausted.ts';
import { Records, type Result } from '../native/records.ts';
import { encodeHost, encodePlan, type FileOp, type LogFile } from '../native/wire.ts';
import type { ExecOp, HostOp, LinkOp, Plan, TraceEntry, Undo } from '../plan/operations.ts';
import { logOperations, planText } from './debug-log.ts';
import { claim } from './journal/claim.ts';
import type { Journal } from './journal/journal.ts';
import { readJournal } from './journal/journal-reader.ts';
import { writeStateFile } from './journal/state-file.ts';
import { type ExitOutcome, exitActionsOf, exitOutcomeOf, fileOps } from './operations/files.ts';
import { performLink } from './operations/link.ts';
import { isPlaced, type PlaceOp, place, release } from './operations/scope.ts';
import { undoAll } from './operations/undo.ts';
import { vacate } from './operations/vacate.ts';
import { type Child, ENDED, type StepFailure } from './spawn/child.ts';
import { SIGSYS } from './spawn/init-ended.ts';
import { type Stdio, spawnChild, yieldToEventLoop } from './spawn/spawn.ts';
import {
  explained,
  fileError,
  initDied,
  initStepError,
  limitError,
  startStepError,
  unheard,
} from './start-errors.ts';
import { type Timed, traceOf } from './trace.ts';

const EEXIST = 17;

const ENOENT = 2;

export interface ExecuteOptions {
  readonly plan: Plan;
  readonly config: Config;
  readonly facts: HostFacts;
  /** Creates the journal; called before anything is made that outlives this process. */
  readonly journal: () => Journal;
  /** Descriptors for 0, 1 and 2; a terminal replaces them. */
  readonly stdio: Stdio;
  /** The exit record of a detached container, open for reading and writing; -1 for none. */
  readonly exitFd: number;
  /** Of a detached container. */
  readonly log?: LogFile | undefined;
  readonly awaitStart: boolean;
  /** Only the exit is awaited: this may resolve some milliseconds late, or with the exit. */
  readonly batched?: boolean | undefined;
  /** On exit, read the OOM counter and remove the cgroups. Not for one that others look into. */
  readonly exitActions?: boolean | undefined;
  /** An abort before the result kills the init and undoes everything made so far. */
  readonly signal?: AbortSignal | undefined;
}

/** A container whose init has done its work. `pid` is the host's number of its first process. */
export interface Executed {
  readonly child: Child;
  readonly pid: number;
  readonly trace: () => TraceEntry[];
  /** What the exit actions did; none before the exit. */
  readonly exitOutcome: () => ExitOutcome;
  /**
   * Starts a container that was prepared with `awaitStart`: resolves when the workload, or the
   * command in its place, is executing.
   *
   * @throws KernelOpError, TerrariumError
   */
  readonly start: (instead?: Command) => Promise<void>;
}

/**
 * A command that was not known when the plan was made, and the configuration that it comes from.
 */
export interface Command {
  readonly config: Config;
  readonly exec: ExecOp;
}

/** The undos of a plan, in the order in which things are made. */
export function undosOf(plan: Plan): Undo[] {
  return [...plan.host, ...plan.link].flatMap(undoOf);
}

function undoOf(op: HostOp | LinkOp): Undo[] {
  return 'undo' in op && op.undo !== undefined ? [op.undo] : [];
}

/**
 * Resolves when the workload is executing, or with `awaitStart` when all but the last operation is
 * done.
 *
 * @throws KernelOpError naming the step that failed, StateError, HostError, the reason of an
 * aborted `signal`; nothing is left then, or `cleanupErrors` says what.
 */
export async function execute(options: ExecuteOptions): Promise<Executed> {
  const { signal } = options;
  const executor = new PlanExecutor(options);
  const end = () => executor.end();
  signal?.addEventListener('abort', end, { once: true });
  try {
    const executed = await executor.run();
    signal?.throwIfAborted();
    return executed;
  } catch (error) {
    throw await executor.abandon(signal?.aborted ? signal.reason : error);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

class PlanExecutor {
  #options: ExecuteOptions;
  /** What this process did itself. */
  readonly #done: Timed[] = [];
  readonly #undos: Undo[] = [];
  /** What the addon did. */
  readonly #filed = new Records();
  /** Performed by the addon when the container exits. */
  #exitActions: readonly FileOp[] = [];
  #intended = 0;
  #child: Child | undefined;
  /** A scope that our keeper holds until a watcher does. */
  #held: PlaceOp | undefined;
  #opened: Journal | undefined;
  /** Operations that debugging has named. */
  readonly #logged = new Set<number>();

  constructor(options: ExecuteOptions) {
    this.#options = options;
  }

  async run(): Promise<Executed> {
    const { plan, awaitStart, batched } = this.#options;
    const child = await this.#hostAndSpawn();
    const pid = await child.firstPid;
    if (child.initFailed || (pid === ENDED && !child.failedStep))
      throw await initDied(this.#options, child);
    if (typeof pid !== 'number')
      throw child.failedStep
        ? initStepError(this.#options, child.failedStep)
        : startStepError(this.#options, plan.host.length, pid);
    if (this.#held) void release(this.#held);
    const linked = this.#link(child, pid);
    // For later readers of the journal: the start does not wait for it.
    try {
      if (!batched) this.#identify(pid);
    } finally {
      await linked;
    }
    if (awaitStart) await this.#waiting(child);
    else await this.#executed(child);
    if (batched && child.executedNs !== undefined) this.#identify(pid);
    if (debug) this.#log(child);
    return {
      child,
      pid,
      trace: () => this.#trace(child),
      exitOutcome: () => exitOutcomeOf(this.#exitActions, child.resultsOf('exit')),
      start: (instead) => this.#start(child, instead),
    };
  }

  #trace(child: Child): TraceEntry[] {
    return traceOf(this.#options.plan, this.#done, this.#filed.all(), child);
  }

  /** Logs the operations reported so far; if reports are batched, the rest on exit. */
  #log(child: Child): void {
    const { plan, config, batched } = this.#options;
    const log = () =>
      debug && logOperations(debug, config.id, plan, this.#trace(child), this.#logged);
    log();
    if (batched) void child.exit.then(log);
  }

  /** Whether the kernel reaps the child. */
  get #reaps(): boolean {
    return this.#options.plan.spawn.flags.includes('autoreap');
  }

  /** A process that has exited has no start time, so no live process is mistaken for it. */
  #identify(pid: number): void {
    const identity = identityOf(pid);
    // If the kernel reaped it, its PID may already belong to another process.
    const own = identity && (!this.#reaps || this.#child?.runs === true);
    this.#journal.spawned(own ? identity : { pid, startTime: '' });
  }

  /** Resolves when the init waits for `start`. */
  async #waiting(child: Child): Promise<void> {
    const { length } = this.#options.plan.inside;
    await child.reaching(length - 1);
    if (child.failedStep) throw initStepError(this.#options, child.failedStep);
    if (child.failed) throw unheard(child.failed);
    if (child.reported !== length - 2) throw await initDied(this.#options, child);
  }

  async #start(child: Child, instead: Command | undefined): Promise<void> {
    this.#limitAgain();
    if (instead === undefined) child.release('start');
    else {
      this.#options = {
        ...this.#options,
        config: instead.config,
        plan: { ...this.#options.plan, exec: instead.exec },
      };
      child.releaseWith(encodePlan([instead.exec]));
    }
    await this.#executed(child);
    if (debug) this.#log(child);
  }

  /** Resolves when the workload has taken over. */
  async #executed(child: Child): Promise<void> {
    await child.closed;
    if (child.failedStep) throw initStepError(this.#options, child.failedStep);
    if (child.failed) throw unheard(child.failed);
    if (!child.executed) throw await initDied(this.#options, child);
    // Otherwise it has ended, too.
    if (child.executedNs !== undefined) this.#journal.started(this.#options.config.process.args);
  }

  /**
   * On v1 the child joins its cgroups itself, so they and the journal are made while it is cloned
   * and mounts; on v2 it is cloned into one. Until released, the child dies with us, so nothing of
   * it needs undoing.
   */
  async #hostAndSpawn(): Promise<Child> {
    const { plan, config, exitActions, signal } = this.#options;
    debug?.('plan', config.id, () => planText(plan));
    const beside = plan.inside.some((op) => op.kind === 'await' && op.what === 'host');
    signal?.throwIfAborted();
    if (beside) this.#child = this.#spawn();
    await yieldToEventLoop();
    signal?.throwIfAborted();
    this.#claims();
    const made = this.#placeOp();
    if (made) await this.#place(made);
    await this.#files();
    const child = this.#child ?? this.#spawn();
    this.#child = child;
    if (exitActions) {
      this.#exitActions = exitActionsOf(plan, config);
      if (this.#exitActions.length > 0) child.onExit(encodeHost(this.#exitActions));
    }
    if (beside) child.release('host');
    return child;
  }

  get #journal(): Journal {
    this.#opened ??= this.#options.journal();
    return this.#opened;
  }

  /** Write-ahead: `gc` can undo these if this runtime dies. */
  #intend(ops: Plan['host'] | Plan['link']): void {
    const undos = ops.flatMap(undoOf);
    this.#intended += undos.length;
    if (undos.length > 0) this.#journal.intend(this.#intended);
  }

  #claims(): void {
    const { host } = this.#options.plan;
    this.#intend(host);
    for (const [index, op] of host.entries())
      if (op.kind === 'claim' || op.kind === 'file') this.#performed(index, op);
  }

  /** The scope or leaf to create under systemd, unless this process has it already. */
  #placeOp(): { readonly op: PlaceOp; readonly index: number } | undefined {
    for (const [index, op] of this.#options.plan.host.entries())
      if (op.kind === 'scope' || op.kind === 'leaf') {
        if (!isPlaced(op)) return { op, index };
        this.#note(index, monotonicNs());
      }
    return undefined;
  }

  async #place({ op, index }: { readonly op: PlaceOp; readonly index: number }): Promise<void> {
    const startNs = monotonicNs();
    // Before it is made: on failure the scope may exist without its keeper in the leaf.
    if (op.kind === 'scope' && op.undo !== undefined) {
      this.#undos.push(op.undo);
      this.#held = op;
    }
    await place(op);
    this.#options.signal?.throwIfAborted();
    this.#note(index, startNs);
  }

  /**
   * In two parts, cgroups and limits, so that other ready callbacks of this process wait for one of
   * them only.
   */
  async #files(): Promise<void> {
    const files = fileOps(this.#options.plan);
    const groups = files.filter(({ op }) => op.kind === 'mkcgroup').length;
    // A copy: other messages are encoded between the two parts.
    const message = new Uint8Array(encodeHost(files.map(({ op }) => op)));
    for (const part of [files.slice(0, groups), files.slice(groups)]) {
      if (part.length === 0) continue;
      await yieldToEventLoop();
      this.#options.signal?.throwIfAborted();
      let from = this.#filed.last + 1;
      const to = from + part.length;
      for (let room = part.length; from < to; room--) {
        const failed = this.#perform(message, from, to);
        // Undo only what was made here: what existed before is not ours.
        const made = files.slice(from, failed?.index ?? to);
        this.#undos.push(...made.flatMap(({ op }) => undoOf(op)));
        from = failed?.index ?? to;
        if (failed === undefined) break;
        if (room === 0 || !(await this.#vacated(failed))) throw fileError(this.#options, failed);
        this.#filed.takeBack();
      }
    }
  }

  /**
   * Operations `from` to before `to`. A limit whose file is missing is tried again with the
   * controllers passed on to our group anew: systemd switches off those that no unit of its own
   * needs, and this process may have read the host's facts long before.
   */
  #perform(message: Uint8Array, from: number, to: number): Result | undefined {
    const [failed] = this.#filed.add(perform(message, from, to));
    const op = failed && fileOps(this.#options.plan)[failed.index]?.op;
    if (!failed || !this.#enabledAgain(failed, op)) return failed;
    this.#filed.takeBack();
    return this.#filed.add(perform(message, failed.index, to))[0];
  }

  #enabledAgain(
    { errno }: Result,
    op: HostOp | undefined,
    ops: readonly HostOp[] = this.#options.plan.host,
  ): boolean {
    const { plan, facts } = this.#options;
    if (errno !== ENOENT || op === undefined) return false;
    return enableAgain(op, ops, facts.cgroup, plan.cgroups);
  }

  /**
   * On v2 the limits are written once more when a prepared container starts, which may be hours
   * after: a controller that was off in between has forgotten them. As updates have left them.
   */
  #limitAgain(): void {
    const { plan, facts } = this.#options;
    if (facts.cgroup.mode !== 'v2') return;
    const { base, hasGrown, record } = this.#journal;
    const reading = hasGrown ? readJournal(base) : undefined;
    const { head } = reading?.kind === 'record' ? reading.record : record;
    const limits = writesOf(plan.cgroups, head.given ?? {});
    if (limits.length === 0) return;
    const message = new Uint8Array(encodeHost(limits));
    let [failed] = new Records().add(perform(message, 0, limits.length));
    if (failed && this.#enabledAgain(failed, limits[failed.index], limits))
      [failed] = new Records().add(perform(message, 0, limits.length));
    const limit = failed && limits[failed.index];
    if (failed && limit) throw limitError(this.#options, failed, limit);
  }

  /** Whether a leftover cgroup was in the way and could be removed. */
  async #vacated({ index, errno }: StepFailure): Promise<boolean> {
    const { plan, config } = this.#options;
    const op = fileOps(plan)[index]?.op;
    if (errno !== EEXIST || op?.kind !== 'mkcgroup') return false;
    return await vacate(op.path, config.id, this.#journal.base);
  }

  async #link(child: Child, pid: number): Promise<void> {
    const { plan } = this.#options;
    this.#intend(plan.link);
    for (const [offset, op] of plan.link.entries()) {
      const index = plan.host.length + 1 + offset;
      this.#undos.push(op.undo);
      const startNs = monotonicNs();
      try {
        await performLink(op, pid);
      } catch (error) {
        // No socket, so no request was sent: nothing to undo.
        if (error instanceof CallError && error.syscall === 'socket') this.#undos.pop();
        throw await this.#unlinked(child, index, error);
      }
      this.#note(index, startNs);
    }
    if (plan.link.length > 0) child.release('link');
  }

  /**
   * If the init dies, so does its namespace: there is no process to link to, or the new link is
   * gone before it has its address. The init reports a failed step of its own before it dies, and
   * that is then the reason.
   */
  async #unlinked(child: Child, index: number, error: unknown): Promise<unknown> {
    child.kill();
    await child.closed;
    if (child.failedStep) return initStepError(this.#options, child.failedStep);
    if (child.failed) return unheard(child.failed);
    if (child.initFailed || (await child.exit).signal === SIGSYS)
      return initDied(this.#options, child);
    return explained(this.#options, index, error);
  }

  #performed(index: number, op: Extract<HostOp, { kind: 'claim' | 'file' }>): void {
    const startNs = monotonicNs();
    try {
      if (op.kind === 'claim') claim(op);
      else this.#writeFile(op);
    } catch (error) {
      throw explained(this.#options, index, error);
    }
    if (op.kind === 'claim') this.#undos.push(op.undo);
    this.#note(index, startNs);
  }

  /** After the journal, which claims the id in the file's name. */
  #writeFile(op: Extract<HostOp, { kind: 'file' }>): void {
    this.#opened ??= this.#options.journal();
    writeStateFile(op);
  }

  #spawn(): Child {
    const { plan, stdio, exitFd, log, batched } = this.#options;
    try {
      return spawnChild({
        op: plan.spawn,
        ops: [...plan.inside, plan.exec],
        stdio,
        extra: exitFd,
        log,
        batched,
      });
    } catch (error) {
      throw explained(this.#options, plan.host.length, error);
    }
  }

  #note(index: number, startNs: bigint): void {
    this.#done.push({ index, startNs, endNs: monotonicNs(), errno: 0 });
  }

  /** Kills the init; what awaits it then fails. */
  end(): void {
    const child = this.#child;
    void child?.firstPid.then(() => child.kill());
  }

  /**
   * Undoes everything: the process first, then what was made, last made first. Returns the error to
   * throw: the same one, or one that also lists what could not be undone.
   */
  async abandon(error: unknown): Promise<unknown> {
    const child = this.#child;
    await child?.discard();
    if (debug && child) this.#log(child);
    const failures = await undoAll(this.#undos);
    if (failures.length === 0) return error;
    const reported =
      error instanceof TerrariumError
        ? error
        : new TerrariumError(`the start failed: ${messageOf(error)}`, { cause: error });
    reported.cleanupErrors.push(...failures);
    return reported;
  }
}
