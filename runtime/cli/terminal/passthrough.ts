// Connects this command's terminal with the container's: bytes both ways, the window's size, raw
// mode and back.
import { isatty } from 'node:tty';
import type { Terminal } from '../../container/container.ts';
import { inForeground, Pump, restoreTerminal, setRawMode } from '../../native/pump.ts';
import { isIgnored } from '../process/caller.ts';

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** Ours: what is typed, and what is shown. */
const INPUT = 0;
const OUTPUT = 1;
/** How often to look for it: as the pump does. */
const LOOK_MS = 200;

/** A terminal of ours that passes bytes unchanged, until it is given back as it was. */
class RawTerminal {
  #fd: number | undefined;
  #saved: Uint8Array | undefined;

  /**
   * Whatever it was asked for: another process group's terminal is left alone, until we are in its
   * foreground (`fg`). Any number of times.
   */
  take(): void {
    const fd = isatty(INPUT) ? INPUT : OUTPUT;
    if (!isatty(fd) || !inForeground(fd)) return;
    try {
      // Without a terminal to type on, its keys still mean signals to us.
      const before = setRawMode(fd, fd === INPUT ? 'both' : 'output');
      this.#saved ??= before;
      this.#fd = fd;
    } catch {
      // It has hung up.
    }
  }

  giveBack(): void {
    if (this.#fd === undefined || this.#saved === undefined || !inForeground(this.#fd)) return;
    try {
      restoreTerminal(this.#fd, this.#saved);
    } catch {
      // It has hung up.
    }
    this.#fd = undefined;
    this.#saved = undefined;
  }

  /** Whether what we write ourselves needs CR LF. */
  get taken(): boolean {
    return this.#fd !== undefined;
  }
}

export class Connection {
  readonly #raw = new RawTerminal();
  readonly #pump: Pump;
  readonly #undo: (() => void)[] = [];

  /** @throws an Error with `errno` when the pump cannot be started */
  constructor(terminal: Terminal) {
    // First: what passes before it would get a second carriage return.
    this.#raw.take();
    try {
      this.#pump = new Pump({ master: terminal.fd, input: INPUT, output: OUTPUT });
    } catch (error) {
      this.#raw.giveBack();
      throw error;
    }
    this.#on('exit', () => this.#raw.giveBack());
    this.#on('SIGCONT', () => this.#raw.take());
    if (isatty(INPUT) && !this.#raw.taken) this.#takeLater();
    if (!isIgnored('SIGTSTP')) this.#on('SIGTSTP', () => this.#stopOurselves());
    if (isatty(OUTPUT)) this.#on('SIGWINCH', () => resize(terminal));
  }

  /** A line of ours: above what the container is writing, when both go to one terminal. */
  say(line: string, stderr: { write(text: string): unknown; readonly isTTY?: boolean }): void {
    if (stderr.isTTY && isatty(OUTPUT)) this.#pump.say(`${line}\r\n`);
    else stderr.write(`${line}${stderr.isTTY && this.#raw.taken ? '\r' : ''}\n`);
  }

  /**
   * Resolves when everything that the workload wrote has been passed on, or when that is aborted.
   */
  async drained(aborting: AbortSignal): Promise<void> {
    const stop = () => this.#pump.stop();
    aborting.addEventListener('abort', stop);
    if (aborting.aborted) stop();
    await this.#pump.finish();
    aborting.removeEventListener('abort', stop);
  }

  /** Gives this terminal back as it was. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#pump.stop();
    this.#raw.giveBack();
  }

  #on(event: NodeJS.Signals | 'exit', listener: () => void): void {
    process.on(event, listener);
    this.#undo.push(() => process.removeListener(event, listener));
  }

  /** In the background until `fg`, of which a job that was not stopped hears nothing. */
  #takeLater(): void {
    const timer = setInterval(() => {
      this.#raw.take();
      if (this.#raw.taken) clearInterval(timer);
    }, LOOK_MS);
    this.#undo.push(() => clearInterval(timer));
  }

  /** Restore the terminal before we are stopped. */
  #stopOurselves(): void {
    this.#raw.giveBack();
    process.kill(process.pid, 'SIGSTOP');
  }
}

function resize(terminal: Terminal): void {
  const size = windowSize();
  if (!size) return;
  try {
    terminal.resize(size.columns, size.rows);
  } catch {
    // The container has ended.
  }
}

/** Undefined when there is no terminal, or it does not say. */
export function windowSize(): WindowSize | undefined {
  if (!isatty(OUTPUT)) return undefined;
  try {
    const { stdout } = process;
    // A terminal that hangs up is an event for the pump, not for this.
    if (stdout.listenerCount('error') === 0) stdout.on('error', () => {});
    return stdout.columns > 0 ? { columns: stdout.columns, rows: stdout.rows } : undefined;
  } catch {
    return undefined;
  }
}
