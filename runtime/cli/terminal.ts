// A container in the foreground of this terminal, or of the pipes this command was given.
import { isatty } from 'node:tty';
import { watchOom } from '../cgroups/oom-watch.ts';
import type { RunOptions } from '../config/options.ts';
import {
  type Container,
  createContainer,
  type ExecOptions,
  type ExitStatus,
  type RunResult,
  type Terminal,
} from '../container/container.ts';
import { TerrariumError } from '../errors.ts';
import { signalNumber } from '../host/signals.ts';
import { eventfd, readable } from '../native/addon.ts';
import { exitCodeOf } from './exit-status.ts';
import { Forwarding, type Held, type Target } from './forward.ts';
import type { Io } from './io.ts';
import { oomLine } from './oom-line.ts';
import { connect } from './passthrough.ts';
import { Signals } from './signals.ts';

/** How a command that was attached ended. */
interface Ended {
  readonly status: ExitStatus;
  /** This command's own, 128 and a signal's number when that ended it. */
  readonly exitCode: number;
  /** A tracer keeps the process: nothing is known of its end, and nothing is waited for. */
  readonly held: boolean;
}

export interface AttachedRun {
  readonly result: RunResult;
  readonly exitCode: number;
}

/** Creates, connects, waits, deletes. @throws as `createContainer`, and EndedBySignal */
export async function runAttached(options: RunOptions, io: Io): Promise<AttachedRun> {
  using signals = new Signals(io);
  const container = await createContainer({
    ...options,
    windowSize: windowSize(),
    signal: signals.aborting,
  });
  let run: AttachedRun;
  try {
    run = await attachedRun(container, signals, io);
  } finally {
    await container.delete({ force: true });
  }
  signals.throwIfEnded();
  return run;
}

async function attachedRun(container: Container, signals: Signals, io: Io): Promise<AttachedRun> {
  for (const warning of container.warnings) io.stderr.write(`terrarium: warning: ${warning}\n`);
  const { plan } = container;
  if (!plan) throw new TerrariumError(`container ${container.id} was made without a plan`);
  const oom = watchOom(container.id, container.cgroups, { eventfd, readable }, (report) => {
    const end = container.terminal ? '\r\n' : '\n';
    io.stderr.write(`${container.terminal ? '\r' : ''}${oomLine(report)}${end}`);
  });
  const { status, exitCode } = await attached(
    container,
    () => container.wait(),
    signals,
    io,
  ).finally(() => oom?.stop());
  const result = {
    id: container.id,
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

/** One more process in a container, connected in the same way. @throws as `exec`, and EndedBySignal */
export async function execAttached(
  container: Container,
  options: ExecOptions,
  io: Io,
): Promise<Ended> {
  using signals = new Signals(io);
  const executed = await container.exec({
    ...options,
    windowSize: windowSize(),
    signal: signals.aborting,
  });
  const ended = await attached(executed, () => executed.wait(), signals, io);
  signals.throwIfEnded();
  return ended;
}

async function attached(
  process: Target & { readonly terminal: Terminal | undefined },
  wait: () => Promise<ExitStatus>,
  signals: Signals,
  io: Io,
): Promise<Ended> {
  const held = Promise.withResolvers<Held>();
  const forwarding = new Forwarding(process, held.resolve);
  const connection = process.terminal && connect(process.terminal);
  const stop = signals.passTo((signal) => forwarding.pass(signal));
  try {
    const end = await Promise.race([wait(), held.promise]);
    if ('tracer' in end) {
      io.stderr.write(heldLines(process.pid, end));
      return { status: UNKNOWN, exitCode: 128 + end.signal, held: true };
    }
    await connection?.drained();
    const { endedFor } = forwarding;
    const killed = endedFor !== undefined && signalNumber(`${end.signal}`) === SIGKILL;
    return { status: end, exitCode: killed ? 128 + endedFor : exitCodeOf(end), held: false };
  } finally {
    stop();
    forwarding.stop();
    connection?.close();
  }
}

const SIGKILL = 9;
const UNKNOWN: ExitStatus = { exitCode: undefined, signal: undefined };

function heldLines(pid: number, { tracer }: Held): string {
  return [
    `terrarium: host process ${pid} does not end: process ${tracer} traces it (ptrace)\n`,
    '  hint: it ends when its tracer lets it go, or ends\n',
  ].join('');
}

function windowSize(): { readonly columns: number; readonly rows: number } | undefined {
  if (!isatty(1)) return undefined;
  const { stdout } = process;
  return stdout.columns > 0 ? { columns: stdout.columns, rows: stdout.rows } : undefined;
}
