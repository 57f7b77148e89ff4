// A container in the foreground of this terminal, or of the pipes this command was given.
import { constants } from 'node:os';
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
import { receives } from '../host/process.ts';
import { eventfd, readable } from '../native/addon.ts';
import type { Io } from './io.ts';
import { oomLine } from './oom-line.ts';
import { connect } from './passthrough.ts';

const { SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 } = constants.signals;

/** What a person or a supervisor may send to this command and mean for the container. */
const FORWARDED = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2 } as const;

/** Creates, connects, waits, deletes. */
export async function runAttached(options: RunOptions, io: Io): Promise<RunResult> {
  const container = await createContainer({ ...options, windowSize: windowSize() });
  for (const warning of container.warnings) io.stderr.write(`terrarium: warning: ${warning}\n`);
  const { plan } = container;
  if (!plan) throw new TerrariumError(`container ${container.id} was made without a plan`);
  const oom = watchOom(container.id, container.cgroups, { eventfd, readable }, (report) => {
    const end = container.terminal ? '\r\n' : '\n';
    io.stderr.write(`${container.terminal ? '\r' : ''}${oomLine(report)}${end}`);
  });
  try {
    const status = await attached(
      container.terminal,
      container.pid,
      (signal) => container.kill(signal),
      () => container.wait(),
    );
    await oom?.stop();
    return {
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
  } finally {
    await container.delete({ force: true });
  }
}

/** One more process in a container, connected in the same way. */
export async function execAttached(
  container: Container,
  options: ExecOptions,
  _io: Io,
): Promise<ExitStatus> {
  const executed = await container.exec({ ...options, windowSize: windowSize() });
  return attached(
    executed.terminal,
    executed.pid,
    (signal) => executed.kill(signal),
    () => executed.wait(),
  );
}

async function attached(
  terminal: Terminal | undefined,
  pid: number,
  kill: (signal: number) => void,
  wait: () => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const connection = terminal && connect(terminal);
  const stopForwarding = forwardSignals(pid, kill);
  try {
    const status = await wait();
    await connection?.drained();
    return status;
  } finally {
    stopForwarding();
    connection?.close();
  }
}

/**
 * The kernel keeps from PID 1 what it neither catches nor waits for. Whoever ends this command means to end the container: then it is killed.
 * A terminal that goes away (SIGHUP) always takes it along.
 */
function forwardSignals(pid: number, kill: (signal: number) => void): () => void {
  const handlers = Object.entries(FORWARDED).map(([name, signal]) => {
    const handler = () => kill(signal === SIGHUP || !receives(pid, signal) ? SIGKILL : signal);
    process.on(name, handler);
    return () => process.removeListener(name, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}

function windowSize(): { readonly columns: number; readonly rows: number } | undefined {
  if (!isatty(1)) return undefined;
  const { stdout } = process;
  return stdout.columns > 0 ? { columns: stdout.columns, rows: stdout.rows } : undefined;
}
