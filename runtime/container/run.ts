// A container from beginning to end, in one call.
import { textOf } from '../base/bytes.ts';
import { debug } from '../debug/debug.ts';
import type { Plan, Trace } from '../plan/operations.ts';
import {
  Call,
  type CallOptions,
  type CallResult,
  callStdio,
  type Encoding,
  isCall,
  parted,
  type Texts,
} from './call/call.ts';
import { refuseOption, requireObject } from './call/check.ts';
import { type CreatedContainer, type CreateOptions, make } from './create/create.ts';
import { remove, withoutLinks } from './end/remove.ts';
import { type ExitStatus, exitStatus } from './state/state.ts';
import type { StdioOption } from './streams/stdio.ts';

const ATTACHED = { batched: true, exitActions: true };

export interface RunOptions<S extends StdioOption = StdioOption, E extends Encoding = Encoding>
  extends Omit<CreateOptions<S>, 'start' | 'signal'>,
    CallOptions<E> {}

/** How a container ended, and what was performed for it. */
export interface ContainerEnd extends ExitStatus {
  readonly id: string;
  /** Whether the kernel ended a process of it at its memory limit. */
  readonly oomKilled: boolean;
  /**
   * User and system time of its first process and what that waited for, microseconds; from Linux
   * 7.1 with cgroup v2 of all its processes.
   */
  readonly cpuTimeUs: number;
  readonly plan: Plan;
  /** Of the plan's operations, in its order. */
  readonly trace: Trace;
  readonly warnings: readonly string[];
}

/** `stdout` and `stderr` are there where `stdio` says `pipe`. */
export interface RunResult<S extends StdioOption = StdioOption, E extends Encoding = Encoding>
  extends ContainerEnd,
    Omit<CallResult<S, E>, keyof ExitStatus> {}

/**
 * A container from beginning to end: create, start, wait, delete. It resolves whatever the exit
 * code is, unless `reject` is set.
 *
 * @throws as `createContainer`; RunError with the fields of a result when the command was started
 * and did not go to its end: `timeout`, `maxBuffer`, an aborted `signal`, an `input` that failed.
 * All of the container is gone then, too.
 */
export function run<const S extends StdioOption = 'inherit', const E extends Encoding = 'utf8'>(
  options: RunOptions<S, E>,
): Promise<RunResult<S, E>>;
export async function run(options: RunOptions): Promise<RunResult> {
  requireObject(options, 'at least { rootfs, hostname }');
  // A container that waits for its start would be lost.
  if ('start' in options) refuseOption('start', options.start, 'createContainer has it');
  if (isCall(options)) return runCall(options);
  return finish(await make(options, ATTACHED));
}

async function runCall({ signal, ...options }: RunOptions): Promise<RunResult> {
  const { rest, own } = parted(options);
  const stdio = callStdio(rest.stdio, own.input);
  const given = { ...own, signal };
  using call = new Call(given, stdio);
  let made: CreatedContainer;
  try {
    made = await make({ ...rest, stdio, signal: call.signal }, { ...ATTACHED, call: given });
  } catch (error) {
    throw call.explained(error, () => (rest.command ?? ['/bin/sh']).map(textOf));
  }
  return await endOf(made, call);
}

/** `finish` for a call: with its output. @throws RunError */
export async function endOf(made: CreatedContainer, call: Call): Promise<RunResult> {
  call.attach(made.ends, () => made.child.kill());
  const { args } = made.prepared.config.process;
  return call.settled(await finish(made, () => call.output()), args);
}

/** Waits for the end of one that runs, and takes everything of it away. */
export async function finish(
  made: CreatedContainer,
  output?: () => Promise<Texts>,
): Promise<RunResult> {
  const { config } = made.prepared;
  const exit = await made.child.exit;
  const { oomKilled, removed } = made.exitOutcome();
  made.child.closeTerminal();
  if (debug)
    for (const path of removed) debug('cleanup', config.id, () => `cgroup ${path}, by the poller`);
  const left = withoutLinks(made.undos).filter(
    (undo) => !(undo.kind === 'rmcgroup' && removed.has(undo.path)),
  );
  await remove(config.id, left, made.journal);
  const status = exitStatus(exit.code, exit.signal);
  return new Ended(made, status, exit.cpuTimeUs, oomKilled, await output?.());
}

/**
 * A class, since V8 gives each object literal with a getter a hidden class of its own, which keeps
 * what it closes over for long.
 */
class Ended implements RunResult {
  readonly #made: CreatedContainer;
  readonly id: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly oomKilled: boolean;
  readonly cpuTimeUs: number;
  readonly stdout: string | Buffer | undefined;
  readonly stderr: string | Buffer | undefined;
  readonly plan: Plan;
  readonly warnings: readonly string[];
  readonly timedOut = false;
  readonly isCanceled = false;
  readonly isMaxBuffer = false;

  constructor(
    made: CreatedContainer,
    { exitCode, signal }: ExitStatus,
    cpuTimeUs: number,
    oomKilled: boolean,
    output: Texts | undefined,
  ) {
    this.#made = made;
    this.id = made.prepared.config.id;
    this.exitCode = exitCode;
    this.signal = signal;
    this.oomKilled = oomKilled;
    this.cpuTimeUs = cpuTimeUs;
    this.stdout = output?.stdout;
    this.stderr = output?.stderr;
    this.plan = made.prepared.plan;
    this.warnings = made.prepared.warnings;
  }

  get failed(): boolean {
    return this.exitCode !== 0;
  }

  /** Made from the init's records on demand: few callers ask. */
  get trace(): Trace {
    return this.#made.trace();
  }
}
