// A container from beginning to end, in one call.
import { debug } from '../debug.ts';
import type { Plan, Trace } from '../plan/operations.ts';
import { refuseOption, requireObject } from './check.ts';
import { type CreateOptions, type Made, make } from './create.ts';
import { remove, withoutLinks } from './remove.ts';
import { type ExitStatus, exitStatus } from './state.ts';

export interface RunOptions extends Omit<CreateOptions, 'start'> {
  /** Ends the container; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult extends ExitStatus {
  readonly id: string;
  /** Whether the kernel ended a process of it at its memory limit. */
  readonly oomKilled: boolean;
  /** User and system time of its first process and what that waited for, microseconds. */
  readonly cpuTimeUs: number;
  readonly plan: Plan;
  /** Of the plan's operations, in its order. */
  readonly trace: Trace;
  readonly warnings: readonly string[];
}

/**
 * A container from beginning to end: create, start, wait, delete. @throws as `createContainer`, and
 * the reason of an aborted `signal`.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  requireObject(options, 'at least { rootfs, hostname }');
  // Of a container that waits for its start nobody would hear again.
  if ('start' in options) refuseOption('start', options.start, 'createContainer has it');
  const made = await make(options, { batched: true, ending: true });
  return endOf(made, options.signal);
}

/**
 * Waits for the end of one that is running, and takes everything of it away. @throws the reason of
 * an aborted `signal`.
 */
export async function endOf(made: Made, signal: AbortSignal | undefined): Promise<RunResult> {
  const abort = () => made.birth.kill();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const { config } = made.prepared;
  const exit = await made.birth.exit;
  signal?.removeEventListener('abort', abort);
  const { oomKilled, removed } = made.ending();
  made.birth.closeTerminal();
  if (debug)
    for (const path of removed) debug('cleanup', config.id, () => `cgroup ${path}, by the poller`);
  const left = withoutLinks(made.undos).filter(
    (undo) => !(undo.kind === 'rmcgroup' && removed.has(undo.path)),
  );
  await remove(config.id, left, made.journal);
  signal?.throwIfAborted();
  return new Ended(made, exitStatus(exit.code, exit.signal), exit.cpuTimeUs, oomKilled);
}

/**
 * A class, since V8 gives each object literal with a getter a hidden class of its own, which keeps
 * what it closes over for long.
 */
class Ended implements RunResult {
  readonly #made: Made;
  readonly id: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly oomKilled: boolean;
  readonly cpuTimeUs: number;
  readonly plan: Plan;
  readonly warnings: readonly string[];

  constructor(made: Made, { exitCode, signal }: ExitStatus, cpuTimeUs: number, oomKilled: boolean) {
    this.#made = made;
    this.id = made.prepared.config.id;
    this.exitCode = exitCode;
    this.signal = signal;
    this.oomKilled = oomKilled;
    this.cpuTimeUs = cpuTimeUs;
    this.plan = made.prepared.plan;
    this.warnings = made.prepared.warnings;
  }

  /** Made of what the init reported when somebody asks: most callers do not. */
  get trace(): Trace {
    return this.#made.trace();
  }
}
