// A container in the foreground of this terminal, or of the pipes this command was given.
import { closeSync } from 'node:fs';
import { TerrariumError } from '../../base/errors.ts';
import { type OomWatch, watchOom } from '../../cgroups/oom-watch.ts';
import {
  type Container,
  type ContainerEnd,
  createContainer,
  type ExecOptions,
  type ExecutedProcess,
  type ExitStatus,
} from '../../container/container.ts';
import { eventfd, readable } from '../../native/addon.ts';
import type { RunOptions } from '../../options/index.ts';
import { exitCodeOf } from '../process/exit-status.ts';
import type { Io } from '../process/io.ts';
import { Signals } from '../process/signals.ts';
import { filterLines } from './filter-line.ts';
import { Forwarding, type Held, type Target } from './forward.ts';
import { oomLine } from './oom-line.ts';
import { Connection, windowSize } from './passthrough.ts';

/** How a command that was attached ended. */
interface Ended {
  readonly status: ExitStatus;
  /** This command's own, 128 and a signal's number when that ended it. */
  readonly exitCode: number;
  /** A tracer keeps the process, or a signal has come: nothing more is waited for. */
  readonly held: boolean;
}

export interface AttachedRun {
  readonly result: ContainerEnd;
  readonly exitCode: number;
  /** A signal has come: the next one shall not find this process on its way out. */
  readonly signalled: boolean;
}

/** Creates, connects, waits, deletes. @throws as `createContainer`, and EndedBySignal */
export async function runAttached(options: RunOptions, io: Io): Promise<AttachedRun> {
  using signals = new Signals(io);
  const container = await createContainer({
    ...options,
    windowSize: windowSize(),
    signal: signals.aborting,
  });
  let run: Omit<AttachedRun, 'signalled'>;
  try {
    run = await attachedRun(container, signals, io);
  } finally {
    await container.delete({ force: true });
  }
  signals.throwIfEnded();
  return { ...run, signalled: signals.ending };
}

async function attachedRun(
  container: Container,
  signals: Signals,
  io: Io,
): Promise<Omit<AttachedRun, 'signalled'>> {
  for (const warning of container.warnings) io.stderr.write(`terrarium: warning: ${warning}\n`);
  const { id, plan } = container;
  if (!plan) throw new TerrariumError(`container ${id} was made without a plan`);
  const { status, exitCode } = await attached(container, signals, io, {
    watch: kills(container),
    filtered: container.filtered,
  });
  const result = {
    id,
    ...status,
    oomKilled: container.oomKills() > 0,
    cpuTimeUs: container.cpuTimeUs,
    plan,
    // Put together for who asks: hardly any start is traced.
    get trace() {
      return container.trace();
    },
    warnings: container.warnings,
  };
  return { result, exitCode };
}

/**
 * One more process in a container, connected in the same way. @throws as `exec`, and EndedBySignal
 */
export async function execAttached(
  container: Container,
  options: ExecOptions,
  io: Io,
): Promise<Ended> {
  using signals = new Signals(io);
  const watch = kills(container, container.oomKills());
  const executed = await container.exec({
    ...options,
    windowSize: windowSize(),
    signal: signals.aborting,
  });
  try {
    const ended = await attached(executed, signals, io, { watch, filtered: container.filtered });
    signals.throwIfEnded();
    return { ...ended, held: ended.held || signals.ending };
  } finally {
    if (executed.terminal) closeSync(executed.terminal.fd);
  }
}

type Say = (line: string) => void;

/** What may happen to a process beside its end. */
interface Circumstances {
  readonly watch: (say: Say) => OomWatch | undefined;
  /** Whether its system calls are filtered. */
  readonly filtered: boolean;
}

/** Tells of kills at the container's memory limit but the first `from`. */
function kills({ id, cgroups }: Container, from = 0): Circumstances['watch'] {
  return (say) =>
    watchOom(id, cgroups, { eventfd, readable }, (report) => say(oomLine(report)), { from });
}

type Process = Target & Pick<ExecutedProcess, 'terminal' | 'wait'>;

async function attached(
  process: Process,
  signals: Signals,
  io: Io,
  { watch, filtered }: Circumstances,
): Promise<Ended> {
  const connection = process.terminal && new Connection(process.terminal);
  const say: Say = (line) => {
    if (connection) connection.say(line, io.stderr);
    else io.stderr.write(`${line}\n`);
  };
  try {
    const oom = watch(say);
    const ended = await endOf(process, signals, say).finally(() => oom?.stop());
    // From here on a signal to end this command also ends the waiting for what was written.
    if (!ended.held) await connection?.drained(signals.aborting);
    if (filtered) for (const line of filterLines(ended.status)) say(line);
    return ended;
  } finally {
    connection?.close();
  }
}

/** Passes signals on until the process has ended, or its tracer keeps it from that. */
async function endOf(process: Process, signals: Signals, say: Say): Promise<Ended> {
  const held = Promise.withResolvers<Held>();
  const forwarding = new Forwarding(process, held.resolve);
  const stop = signals.passTo((signal) => forwarding.pass(signal));
  try {
    const end = await Promise.race([process.wait(), held.promise]);
    if ('tracer' in end) {
      say(`terrarium: host process ${process.pid} does not end: process ${end.tracer} traces it`);
      say('  hint: it ends when its tracer lets it go, or ends');
      return { status: UNKNOWN, exitCode: 128 + end.signal, held: true };
    }
    const { endedFor } = forwarding;
    const killed = endedFor !== undefined && end.signal === 'SIGKILL';
    return { status: end, exitCode: killed ? 128 + endedFor : exitCodeOf(end), held: false };
  } finally {
    stop();
    forwarding.stop();
  }
}

const UNKNOWN: ExitStatus = { exitCode: undefined, signal: undefined };
