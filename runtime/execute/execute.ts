// Performs a plan: phase after phase, each operation timed; whatever fails, everything made so far
// is undone.

import { HostError, TerrariumError } from '../base/errors.ts';
import type { WriteOp } from '../cgroups/controllers/controller.ts';
import { enableAgain } from '../cgroups/enable-again.ts';
import { readIfThere } from '../cgroups/files.ts';
import { writesOf } from '../cgroups/lost.ts';
import type { Config } from '../config/config.ts';
import { debug } from '../debug/debug.ts';
import { stepError } from '../diagnose/step-error.ts';
import type { HostFacts } from '../host/facts.ts';
import { identityOf } from '../host/process/process.ts';
import { type CallFailure, monotonicNs, perform } from '../native/addon.ts';
import { systemFailure } from '../native/errno.ts';
import { CallError, exhaustionHint } from '../native/exhausted.ts';
import { READ_BACK, Records, type Result } from '../native/records.ts';
import { encodeHost, encodePlan, type FileOp, type LogFile } from '../native/wire.ts';
import { planRows } from '../plan/describe.ts';
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
import { readExitRecord } from './spawn/exit-record.ts';
import { initEnded, SIGSYS } from './spawn/init-ended.ts';
import { type Stdio, spawnChild, yieldToEventLoop } from './spawn/spawn.ts';
import { type Timed, traceOf } from './trace.ts';

const EEXIST = 17;

const ENOENT = 2;

export interface ExecuteOptions {
  readonly plan: Plan;
  readonly config: Config;
  readonly facts: HostFacts;
  /** Begins the journal; called before anything is made that outlives a process. */
  readonly journal: () => Journal;
  /** Descriptors for 0, 1 and 2; a terminal replaces them. */
  readonly stdio: Stdio;
  /** Where a detached container's exit is recorded, readable too; -1 for none. */
  readonly exitFd: number;
  /** Of a detached container. */
  readonly log?: LogFile | undefined;
  readonly awaitStart: boolean;
  /** The caller waits for the end only: this resolves some milliseconds late, or then. */
  readonly batched?: boolean | undefined;
  /** On exit, read the OOM counter and remove the cgroups. Not for one that others look into. */
  readonly exitActions?: boolean | undefined;
  /** Aborted before the result is there, it ends the init; everything made so far is undone. */
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
   * Answers `awaitStart`: resolves when the workload, or what shall be executed in its place, is
   * being executed.
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
 * Resolves when the workload is being executed, or with `awaitStart` when everything but that is
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
  /** What was asked for when the container ends. */
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
    if (child.initFailed || (pid === ENDED && !child.failedStep)) throw await this.#initDied(child);
    if (typeof pid !== 'number')
      throw child.failedStep
        ? this.#initStepError(child.failedStep)
        : this.#stepError(plan.host.length, pid);
    if (this.#held) void release(this.#held);
    const linked = this.#link(child, pid);
    // The container is what is waited for; this is for those who find it later.
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

  /** Tells the operations reported so far; where reports are batched, the rest at its end. */
  #log(child: Child): void {
    const { plan, config, batched } = this.#options;
    const log = () =>
      debug && logOperations(debug, config.id, plan, this.#trace(child), this.#logged);
    log();
    if (batched) void child.exit.then(log);
  }

  /** One that has ended already has no start time: no process that lives is taken for it. */
  #identify(pid: number): void {
    this.#journal.spawned(identityOf(pid) ?? { pid, startTime: '' });
  }

  /** Resolves when the init waits for `start`. */
  async #waiting(child: Child): Promise<void> {
    const { length } = this.#options.plan.inside;
    await child.reaching(length - 1);
    if (child.failedStep) throw this.#initStepError(child.failedStep);
    if (child.failed) throw this.#unheard(child.failed);
    if (child.reported !== length - 2) throw await this.#initDied(child);
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
    if (child.failedStep) throw this.#initStepError(child.failedStep);
    if (child.failed) throw this.#unheard(child.failed);
    if (!child.executed) throw await this.#initDied(child);
    // Otherwise it has ended, too.
    if (child.executedNs !== undefined) this.#journal.started(this.#options.config.process.args);
  }

  /**
   * On v1 the child joins its groups itself, so they, and the journal, are made while it is spawned
   * and mounts; on v2 it is spawned into one. Until it is released, the child dies with us, so nothing
   * of it needs undoing.
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

  /** Write-ahead: `gc` undoes what a runtime that dies after this has made. */
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

  /** What has to be made of a machine with systemd, unless this process has it already. */
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
    // Also when it fails: a scope may be there, and its keeper not yet in its leaf.
    if (op.kind === 'scope' && op.undo !== undefined) {
      this.#undos.push(op.undo);
      this.#held = op;
    }
    await place(op);
    this.#options.signal?.throwIfAborted();
    this.#note(index, startNs);
  }

  /**
   * In two parts, groups and limits, so that what else is ready in this process waits for one of
   * them only.
   */
  async #files(): Promise<void> {
    const files = fileOps(this.#options.plan);
    const groups = files.filter(({ op }) => op.kind === 'mkcgroup').length;
    // A copy: others are encoded between the two.
    const message = new Uint8Array(encodeHost(files.map(({ op }) => op)));
    for (const part of [files.slice(0, groups), files.slice(groups)]) {
      if (part.length === 0) continue;
      await yieldToEventLoop();
      this.#options.signal?.throwIfAborted();
      let from = this.#filed.last + 1;
      const to = from + part.length;
      for (let room = part.length; from < to; room--) {
        const failed = this.#perform(message, from, to);
        // Only what was made here is undone here: what was there already is not ours.
        const made = files.slice(from, failed?.index ?? to);
        this.#undos.push(...made.flatMap(({ op }) => undoOf(op)));
        from = failed?.index ?? to;
        if (failed === undefined) break;
        if (room === 0 || !(await this.#vacated(failed))) throw this.#fileError(failed);
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
    if (failed && limit) throw this.#limitError(failed, limit);
  }

  /** Of the plan, or of an update. */
  #limitError(failed: Result, limit: WriteOp): Error {
    const index = fileOps(this.#options.plan).findIndex(
      ({ op }) => op.kind === 'write' && op.path === limit.path,
    );
    if (index >= 0) return this.#fileError({ ...failed, index });
    if (failed.syscall === READ_BACK) return keepsAnother(limit);
    const cause = new CallError(failed);
    return new HostError('limit', `${limit.path} cannot be set: ${cause.message}`, { cause });
  }

  /** Whether a group was in the way, and is not any more. */
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
        // Nothing was asked of the kernel, and nothing could be: no undo either.
        if (error instanceof CallError && error.syscall === 'socket') this.#undos.pop();
        throw await this.#unlinked(child, index, error);
      }
      this.#note(index, startNs);
    }
    if (plan.link.length > 0) child.release('link');
  }

  /** A step of the init's own, by its number there. */
  #initStepError(failed: StepFailure): Error {
    const { host, link } = this.#options.plan;
    return this.#stepError(host.length + 1 + link.length + failed.index, failed);
  }

  /** The socket to the init failed, and with it the start. */
  #unheard({ errno, syscall }: CallFailure): Error {
    const call = new CallError({ errno, syscall });
    const hint = exhaustionHint(errno, syscall);
    return new TerrariumError(`the init cannot be talked to: ${call.message}`, {
      hint,
      cause: call,
    });
  }

  #fileError(failed: StepFailure): Error {
    const file = fileOps(this.#options.plan)[failed.index];
    if (failed.syscall === READ_BACK && file?.op.kind === 'write') return keepsAnother(file.op);
    return this.#stepError(file?.index ?? -1, failed);
  }

  /**
   * With the init goes its namespace, and then there is no process to link to, or the link just
   * made is gone before it has its address. An init that has refused a step of its own has said so
   * before it died, and that is the reason.
   */
  async #unlinked(child: Child, index: number, error: unknown): Promise<unknown> {
    child.kill();
    await child.closed;
    if (child.failedStep) return this.#initStepError(child.failedStep);
    if (child.failed) return this.#unheard(child.failed);
    if (child.initFailed || (await child.exit).signal === SIGSYS) return this.#initDied(child);
    return this.#explained(index, error);
  }

  #performed(index: number, op: Extract<HostOp, { kind: 'claim' | 'file' }>): void {
    const startNs = monotonicNs();
    try {
      if (op.kind === 'claim') claim(op);
      else this.#writeFile(op);
    } catch (error) {
      throw this.#explained(index, error);
    }
    if (op.kind === 'claim') this.#undos.push(op.undo);
    this.#note(index, startNs);
  }

  /** The journal comes first: it claims the id that the file's name has. */
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
      throw this.#explained(plan.host.length, error);
    }
  }

  #note(index: number, startNs: bigint): void {
    this.#done.push({ index, startNs, endNs: monotonicNs(), errno: 0 });
  }

  #stepError(
    index: number,
    { errno, syscall }: { readonly errno: number; readonly syscall: string },
    cause?: unknown,
  ): Error {
    const { config, facts } = this.#options;
    const rows = planRows(this.#options.plan);
    const row = rows[index];
    if (!row)
      return new TerrariumError(`the init reported an operation that is not in the plan: ${index}`);
    return stepError(
      {
        operation: row.operation,
        phase: row.phase,
        index,
        steps: rows.length,
        errno,
        syscall,
        cause,
      },
      config,
      facts,
    );
  }

  #explained(index: number, error: unknown): unknown {
    const system = systemFailure(error);
    return system ? this.#stepError(index, system, error) : error;
  }

  /** The init ended without an answer. */
  async #initDied(child: Child): Promise<Error> {
    const { config, log, exitFd } = this.#options;
    const exit = await child.exit;
    return initEnded({
      failed: child.initFailed,
      // The child is a detached container's watcher: it recorded how the init ended, if there was
      // one.
      ended: log && (await child.firstPid) !== ENDED ? readExitRecord(exitFd) : exit,
      memoryLimitBytes: config.resources.memoryLimitBytes,
    });
  }

  /** Ends the init; what waits for it then goes on, and fails. */
  end(): void {
    const child = this.#child;
    void child?.firstPid.then(() => child.kill());
  }

  /**
   * Nothing stays: the process first, then what was made, last made first. Answers the error to
   * throw: the same one, or one that also says what stayed.
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function keepsAnother({ path, readBack }: Extract<FileOp, { kind: 'write' }>): HostError {
  return new HostError(
    'limit',
    `the kernel keeps ${readIfThere(path)} in ${path} where ${readBack} was asked for`,
    {
      hint: 'a limit of a parent group may be lower, or the kernel does not support this one',
    },
  );
}
