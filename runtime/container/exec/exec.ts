// One more process in a running container.
import { type TextOrBytes, textOf } from '../../base/bytes.ts';
import { StateError, TerrariumError } from '../../base/errors.ts';
import type { ContainerCgroups } from '../../cgroups/directories.ts';
import { oomKills } from '../../cgroups/stats.ts';
import { debug } from '../../debug/debug.ts';
import { stepError } from '../../diagnose/step-error.ts';
import { logExec } from '../../execute/debug-log.ts';
import type { JournalRecord } from '../../execute/journal/journal.ts';
import type { Child } from '../../execute/spawn/child.ts';
import { initEnded } from '../../execute/spawn/init-ended.ts';
import { spawnChild } from '../../execute/spawn/spawn.ts';
import { alive, type ProcessIdentity } from '../../host/process/process.ts';
import { closeFd, type Exit, pidfdOpen } from '../../native/addon.ts';
import { exhaustedResource } from '../../native/exhausted.ts';
import { planExec } from '../../plan/exec.ts';
import { unlessAborted } from '../call/aborted.ts';
import {
  Call,
  type CallOptions,
  type CallResult,
  callStdio,
  type Encoding,
  parted,
  refuseCallOptions,
} from '../call/call.ts';
import { checked, refuseUnknown, requireObject, requireSignal, signalOf } from '../call/check.ts';
import { type Terminal, terminalOf } from '../call/terminal.ts';
import { hostFacts, requireRoot, type WindowSize } from '../create/prepare.ts';
import { type ExitStatus, exitStatus, oomKilled } from '../state/state.ts';
import { closeEnds, openStdio, type PipeEnds, type StdioOption } from '../streams/stdio.ts';
import { ownedStreams, type Streams } from '../streams/streams.ts';
import { configOf } from './exec-config.ts';

export interface ExecOptions<S extends StdioOption = StdioOption> {
  readonly command: readonly TextOrBytes[];
  /** `KEY=value`, over the container's own environment. */
  readonly env?: readonly TextOrBytes[] | undefined;
  /** Default: the container's. */
  readonly workdir?: TextOrBytes | undefined;
  /** Default: the container's, with its groups. */
  readonly user?: TextOrBytes | undefined;
  readonly terminal?: boolean | undefined;
  readonly windowSize?: WindowSize | undefined;
  /** Its standard streams: a word for all three, or an entry each. Default: `inherit`. */
  readonly stdio?: S | undefined;
  /** Ends the start, which rejects with the signal's reason. Later it has no effect: see `kill`. */
  readonly signal?: AbortSignal | undefined;
}

/** Of `container.run`: a command in a running container, to its end. */
export interface ContainerRunOptions<
  S extends StdioOption = StdioOption,
  E extends Encoding = Encoding,
> extends Omit<ExecOptions<S>, 'terminal' | 'windowSize' | 'signal'>,
    CallOptions<E> {}

/** A process in a running container. Its streams are there where they are pipes. */
export interface ExecutedProcess<S extends StdioOption = StdioOption> extends Streams<S> {
  /** The host's number. */
  readonly pid: number;
  readonly terminal: Terminal | undefined;
  /**
   * kill(2), by number or name: 15, `TERM`, `SIGTERM`; nothing when it has ended. @throws
   * ConfigError.
   */
  kill(signal: number | string): void;
  /**
   * Resolves when it has ended, and its output has been handed to listeners for `data`. As
   * `container.wait`, it keeps or drops what the program does not read. `oomKilled`: whether a
   * process of the container was ended at its memory limit since this one began. @throws the reason
   * of an aborted `signal`: the process goes on.
   */
  wait(options?: { readonly signal?: AbortSignal | undefined }): Promise<ExitStatus>;
}

const RUN_OPTIONS: readonly (keyof ExecOptions)[] = [
  ...(['command', 'env', 'workdir', 'user', 'stdio', 'signal'] as const),
];
const EXEC_OPTIONS: readonly (keyof ExecOptions)[] = [...RUN_OPTIONS, 'terminal', 'windowSize'];

/** The container to start a process in. */
export interface ExecTarget {
  readonly record: JournalRecord;
  /** Its cgroups, by paths that are right here. */
  readonly cgroups: ContainerCgroups;
  /** Its first process, by the host's number. */
  readonly pid: number;
}

/** A process that was started. */
interface Begun {
  readonly pid: number;
  readonly child: Child;
  readonly command: readonly string[];
  /** The receiver's to close. */
  readonly ends: PipeEnds | undefined;
  status(exit: Exit): ExitStatus;
}

/** Starts a process and lets it run. @throws as `container.exec`. */
export async function execIn(target: ExecTarget, options: ExecOptions): Promise<ExecutedProcess> {
  requireObject(options, 'at least { command }');
  refuseCallOptions(options, 'container.run has it');
  const { pid, child, ends, status } = await begin(target, options, EXEC_OPTIONS);
  const streams = ownedStreams(ends, child);
  return {
    pid,
    terminal: terminalOf(child.terminal),
    stdin: streams?.stdin,
    stdout: streams?.stdout,
    stderr: streams?.stderr,
    kill: (signal) => child.signal(signalOf(signal)),
    wait: async ({ signal } = {}) => {
      requireSignal(signal);
      streams?.waiting();
      const exit = await unlessAborted(child.exit, signal);
      const ended = status(exit);
      if (streams) await unlessAborted(streams.drained(), signal);
      return ended;
    },
  };
}

/** Starts a process and waits for its end. @throws as `container.run`. */
export async function runIn(target: ExecTarget, options: ContainerRunOptions): Promise<CallResult> {
  requireObject(options, 'at least { command }');
  const { rest, own } = parted(options);
  const stdio = callStdio(rest.stdio, own.input);
  const given = { ...own, signal: options.signal };
  using call = new Call(given, stdio);
  let begun: Begun;
  try {
    begun = await begin(target, { ...rest, stdio, signal: call.signal }, RUN_OPTIONS, given);
  } catch (error) {
    throw call.explained(error, () => options.command.map(textOf));
  }
  const { child, ends, command, status } = begun;
  call.attach(ends, () => child.kill());
  const ended = status(await child.exit);
  const { stdout, stderr } = await call.output();
  const result = {
    ...ended,
    ...{ stdout, stderr, failed: ended.exitCode !== 0 },
    ...{ timedOut: false, isCanceled: false, isMaxBuffer: false },
  };
  return call.settled({ ...result, id: target.record.head.id }, command);
}

/** @throws HostError where a resource is used up, and what `beginAt` throws. */
async function begin(...given: Parameters<typeof beginAt>): Promise<Begun> {
  try {
    return await beginAt(...given);
  } catch (error) {
    throw exhaustedResource(error) ?? error;
  }
}

async function beginAt(
  { record: { head, process: first }, cgroups, pid }: ExecTarget,
  options: ExecOptions,
  known: readonly (keyof ExecOptions)[],
  call: CallOptions = {},
): Promise<Begun> {
  requireRoot();
  const facts = hostFacts();
  const { signal } = options;
  const config = checked({ ...options, ...call }, () => {
    refuseUnknown(options, known);
    return configOf(head, options);
  });
  signal?.throwIfAborted();
  const { seccomp, namespaces, id } = head;
  const terminal = options.terminal ? (options.windowSize ?? { columns: 80, rows: 24 }) : undefined;
  const plan = planExec(config.process, facts, { cgroups, namespaces, seccomp, terminal });
  const operations = [...plan.inside, plan.exec];
  const target = pidfdOpen(pid);
  const joinPid = namespaces.includes('pid') ? target : -1;
  let ends: PipeEnds | undefined;
  try {
    // Only of a process that is still there now is it certain that the descriptor, not just the
    // number, is its own.
    if (!first || first.pid !== pid || !alive(first))
      throw new StateError(`container ${id} is not running`, { hint: 'it ended just now' });
    using streams = openStdio(options.stdio ?? 'inherit');
    ends = streams.ends;
    const child = spawnChild({
      op: plan.spawn,
      ops: operations,
      stdio: streams.descriptors,
      extra: target,
      joinPid,
    });
    const end = () => void child.firstPid.then(() => child.kill());
    signal?.addEventListener('abort', end, { once: true });
    const killsBefore = oomKills(head.cgroups);
    const spawned = await child.firstPid;
    await child.closed;
    signal?.removeEventListener('abort', end);
    if (debug) logExec(debug, id, plan, child);
    if (signal?.aborted) {
      await child.discard();
      throw signal.reason;
    }
    const unheard = typeof spawned === 'number' || child.initFailed ? child.failed : spawned;
    const failed = child.failedStep ?? (unheard && { index: 0, ...unheard });
    if (failed) {
      await child.discard();
      const operation = typeof spawned === 'number' ? operations[failed.index] : plan.spawn;
      if (!operation)
        throw new TerrariumError(
          `the init reported an operation that is not in the plan: ${failed.index}`,
        );
      const phase =
        operation.kind === 'execve' ? 'exec' : operation.kind === 'clone3' ? 'spawn' : 'inside';
      throw stepError(
        {
          operation,
          phase,
          index: failed.index,
          steps: operations.length,
          errno: failed.errno,
          syscall: failed.syscall,
        },
        config,
        facts,
      );
    }
    if (!child.executed || typeof spawned !== 'number') throw await notExecuted(child, first);
    return {
      ...{ pid: spawned, child, ends, command: config.process.args },
      status: ({ code, signal }) => ({
        ...exitStatus(code, signal),
        ...oomKilled(oomKills(head.cgroups), killsBefore),
      }),
    };
  } catch (error) {
    closeEnds(ends);
    throw error;
  } finally {
    closeFd(target);
  }
}

async function notExecuted(child: Child, first: ProcessIdentity): Promise<TerrariumError> {
  const ended = await child.exit;
  if (alive(first)) return initEnded({ failed: child.initFailed, ended });
  return new TerrariumError('the container exited before the command could start');
}
