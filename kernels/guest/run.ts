// Runs one guest: starts QEMU, follows its output, unpacks its results, and leaves no process.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { textIfThere } from '../../harness/observe/if-there.ts';
import { FILES, type GuestRequest, guestCommand } from './command.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

const run = promisify(execFile);
const LOOK_MS = 250;

export interface GuestEnd {
  readonly outcome: Outcome;
  readonly wallMs: number;
  /**
   * Seconds on the guest's clock when init started, and when root and cgroups were ready.
   */
  readonly initS: number | undefined;
  readonly readyS: number | undefined;
  /** Directory with the files it sent. */
  readonly results: string;
}

/** Guests with their directories. */
const alive = new Map<ChildProcess, string>();

/** Kills every guest that this process started. Returns their directories. */
export function endGuests(): string[] {
  for (const child of alive.keys()) child.kill('SIGKILL');
  return [...alive.values()];
}

/**
 * `bootMs`: time limit until the root is ready; `limitMs`: in all. `said` is called with each line
 * of progress.
 */
export async function runGuest(
  request: GuestRequest,
  limits: { readonly bootMs: number; readonly limitMs: number },
  said: (line: string) => void = () => {},
): Promise<GuestEnd> {
  const { directory } = request;
  const results = join(directory, 'sent');
  for (const name of Object.values(FILES)) rmSync(join(directory, name), { force: true });
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const started = performance.now();
  const child = start(request);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const read = (name: string) => textIfThere(join(directory, name));
  let timedOutAfterMs: number | undefined;
  let seen = 0;
  const look = () => {
    const progress = read(FILES.progress);
    const whole = progress.slice(seen, progress.lastIndexOf('\n') + 1);
    seen += whole.length;
    for (const line of whole.split('\n').filter(Boolean)) said(line);
    const elapsed = performance.now() - started;
    const limit = read(FILES.console).includes('terrarium: ready') ? limits.limitMs : limits.bootMs;
    if (elapsed < limit || timedOutAfterMs !== undefined) return;
    timedOutAfterMs = elapsed;
    child.kill('SIGKILL');
  };
  const timer = request.task === 'shell' ? undefined : setInterval(look, LOOK_MS);
  const [exitCode, signal] = await exited;
  clearInterval(timer);
  alive.delete(child);
  const wallMs = performance.now() - started;
  const archive = join(directory, FILES.results);
  if (existsSync(archive)) await run('tar', ['xf', archive, '-C', results]).catch(() => {});
  const console = read(FILES.console);
  const complete = existsSync(join(results, 'complete'));
  const outcome = outcomeOf({
    exitCode,
    signal,
    timedOutAfterMs,
    console,
    progress: `${read(FILES.progress)}${read('qemu.log')}`,
    complete,
  });
  return {
    outcome,
    wallMs,
    initS: secondsAt('init', console),
    readyS: secondsAt('ready', console),
    results,
  };
}

/** PDEATHSIG: the guest dies with this process, even after SIGKILL. */
function start(request: GuestRequest): ChildProcess {
  const log =
    request.task === 'shell'
      ? 'inherit'
      : openSync(
          join(request.directory, request.machine === 'uml' ? FILES.console : 'qemu.log'),
          'w',
        );
  const [program = '', ...args] = [
    'setpriv',
    '--pdeathsig',
    'KILL',
    'nice',
    '-n',
    '5',
    ...guestCommand(request),
  ];
  const child = spawn(program, args, {
    stdio: request.task === 'shell' ? 'inherit' : ['ignore', log, log],
  });
  if (typeof log === 'number') closeSync(log);
  alive.set(child, request.directory);
  return child;
}

function secondsAt(what: string, console: string): number | undefined {
  const found = new RegExp(`terrarium: ${what} ([\\d.]+)`).exec(console)?.[1];
  return found === undefined ? undefined : Number(found);
}
