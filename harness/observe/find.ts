// Finds the shell behind a terminal from outside. It types a command with a random token in its
// environment; the process with it in /proc/PID/environ is a child of that shell. It does not trust
// the terminal's output: a frozen shell cannot answer.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { patience } from '../base/patience.ts';
import { identityOf, type Process, sameAsBefore, startOf } from './identity.ts';
import { textIfThere } from './if-there.ts';
import { allPids, eventually, statusIfThere, statusOf } from './process.ts';

/** The required interface of a shell on a terminal, at its prompt. */
export interface Terminal {
  /** The process started on it. */
  readonly pid: number;
  type(line: string): Promise<string>;
  start(line: string, pattern: RegExp, options?: { readonly timeoutMs?: number }): Promise<string>;
  press(key: 'Enter'): Promise<void>;
  prompt(): Promise<string>;
}

/** The container cannot be identified from outside, so there is no verdict. */
class NotFound extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotFound';
  }
}

const VARIABLE = 'LOOK_FOR';
/** Timeout for a process to appear after it reported its start. */
const SHOW_UP_MS = 1000;
/** Timeout for it to exit or stop. */
const WAIT_MS = 5000;
/** A frozen shell is watched for this multiple of its usual answer time. */
const TIMES_AS_LONG = 10;
const SHORTEST_WATCH_MS = 50;
const LONGEST_WATCH_MS = 2000;

export interface FindOptions {
  /** The subject uses a daemon: the shell need not descend from the started process. */
  readonly daemon?: boolean;
}

/**
 * The host's PID of the shell that reads the input of `terminal`.
 *
 * @throws NotFound if no process has the token, more than one, or not the one that answers.
 */
export async function findShell(
  terminal: Terminal,
  { daemon = false }: FindOptions = {},
): Promise<number> {
  const token = randomBytes(16).toString('hex');
  const carrier = await typeToken(terminal, token);
  const shell = parentOf(carrier);
  await terminal.press('Enter');
  await terminal.prompt();
  await demandEnded(carrier);
  demandDescent(terminal.pid, shell, daemon);
  await demandFrozenSilence(terminal, shell);
  // A copy may have appeared during the search.
  const late = carriersOf(token);
  if (late.length > 0) throw new NotFound(`after its end, others carry the token: ${named(late)}`);
  return shell.pid;
}

/** Types a command that waits for Enter, and returns the only process with its token. */
async function typeToken(terminal: Terminal, token: string): Promise<Process> {
  const before = carriersOf(token);
  await terminal.start(`${VARIABLE}=${token} /bin/sh -c 'echo loo""king; read x'`, /looking/);
  await eventuallyFound(() => carriersOf(token).length > 0);
  const found = carriersOf(token);
  const [pid] = found;
  if (before.length > 0 || pid === undefined || found.length > 1)
    throw new NotFound(
      found.length > 1
        ? `${found.length} processes carry the token that was typed once: ${named(found)}`
        : 'no process on this machine carries the token: the terminal only said that it runs one',
    );
  return { pid, startTicks: startOf(pid) };
}

async function eventuallyFound(holds: () => boolean): Promise<void> {
  try {
    await eventually('a process carries the token', holds, SHOW_UP_MS);
  } catch {
    // The error names every process found.
  }
}

/** Host PIDs of processes executed with this token in their environment. */
export function carriersOf(token: string): number[] {
  const entry = `${VARIABLE}=${token}`;
  return allPids().filter((pid) => textIfThere(`/proc/${pid}/environ`).split('\0').includes(entry));
}

/** The shell: it must be in the same namespaces as its child, or it is not the container's. */
function parentOf(carrier: Process): Process {
  const pid = Number(statusOf(carrier.pid, 'PPid'));
  if (!(pid > 0)) throw new NotFound(`${named([carrier.pid])} has no parent on this machine`);
  const [child, shell] = [identityOf(carrier.pid), identityOf(pid)];
  const differs = [
    ...Object.keys(child.namespaces).filter(
      (kind) => child.namespaces[kind] !== shell.namespaces[kind],
    ),
    ...(child.root === shell.root ? [] : ['root']),
  ];
  if (differs.length > 0)
    throw new NotFound(
      `the command runs as ${named([child.pid])}, apart from its parent ${named([pid])}: ` +
        `they differ in ${differs.join(', ')}`,
    );
  return shell;
}

async function demandEnded(carrier: Process): Promise<void> {
  try {
    await eventually('the command ends', () => !sameAsBefore(carrier), WAIT_MS);
  } catch {
    throw new NotFound(
      `${named([carrier.pid])} carries the token and did not end when the command did`,
    );
  }
}

function demandDescent(started: number, shell: Process, daemon: boolean): void {
  if (daemon || shell.pid === started || isBelow(shell.pid, started)) return;
  throw new NotFound(
    `${named([shell.pid])} was not started by the program under examination, ${named([started])}`,
  );
}

function isBelow(pid: number, ancestor: number): boolean {
  const parent = Number(statusIfThere(pid, 'PPid'));
  return parent === ancestor || (parent > 0 && isBelow(parent, ancestor));
}

/** Stops the shell, and types: an answer comes from another process. */
async function demandFrozenSilence(terminal: Terminal, shell: Process): Promise<void> {
  const word = () => randomBytes(4).toString('hex');
  const [first, second] = [word(), word()];
  const asked = performance.now();
  await terminal.start(`echo an''swer-${first}`, new RegExp(`answer-${first}`));
  await terminal.prompt();
  const usualMs = performance.now() - asked;
  const watchMs = Math.min(
    Math.max(usualMs * TIMES_AS_LONG, patience(SHORTEST_WATCH_MS)),
    patience(LONGEST_WATCH_MS),
  );
  let frozen = true;
  process.kill(shell.pid, 'SIGSTOP');
  try {
    await eventually('the shell stops', () => /^[Tt]/.test(statusOf(shell.pid, 'State')), WAIT_MS);
    const answered = terminal
      .start(`echo an''swer-${second}`, new RegExp(`answer-${second}`))
      .then(() => frozen);
    const spoke = await Promise.race([answered, delay(watchMs, false)]);
    frozen = false;
    process.kill(shell.pid, 'SIGCONT');
    if (spoke || (await answered))
      throw new NotFound(
        `another process answers than ${named([shell.pid])}: that one was stopped`,
      );
    await terminal.prompt();
  } finally {
    if (frozen && sameAsBefore(shell)) process.kill(shell.pid, 'SIGCONT');
  }
}

/** `4711 (sh -c read x)`, for each. */
function named(pids: readonly number[]): string {
  return pids
    .map((pid) => {
      const command = textIfThere(`/proc/${pid}/cmdline`).split('\0').join(' ').trim();
      return `${pid} (${command.slice(0, 60) || 'ended'})`;
    })
    .join(' and ');
}
