// Terminals of the host, and the pump between one of them and a container's.
import { encodeBytes } from '../base/bytes.ts';
import { expectEvent, forget, native } from './addon.ts';

/**
 * cfmakeraw(3) on a terminal, or only its part for output, which leaves keys like Ctrl-C in effect.
 * Returns the attributes before, for `restoreTerminal`.
 */
export function setRawMode(fd: number, what: 'both' | 'output' = 'both'): Uint8Array {
  return native().makeRaw(fd, what === 'output');
}

/** tcsetattr(3). @throws an Error with `errno`: EIO when the terminal has hung up. */
export function restoreTerminal(fd: number, saved: Uint8Array): void {
  native().restoreTerminal(fd, saved);
}

/**
 * False when `fd` is our controlling terminal and its foreground is another process group's: then
 * using it would stop us (SIGTTIN, SIGTTOU).
 */
export function inForeground(fd: number): boolean {
  return native().inForeground(fd);
}

/** ioctl_tty(2), TIOCSWINSZ. In characters. */
export function setWindowSize(fd: number, columns: number, rows: number): void {
  native().setWindowSize(fd, columns, rows);
}

/** A pair on the host's devpts, pty(7). The caller closes both descriptors. */
export function openPty(): { readonly master: number; readonly slave: number } {
  const [master, slave] = native().openPty();
  return { master, slave };
}

export interface PumpEnds {
  /** The master of the container's terminal; it becomes non-blocking. */
  readonly master: number;
  /** The input: a terminal, a pipe, a file; -1 for none. End of file becomes Ctrl-D. */
  readonly input: number;
  readonly output: number;
}

/**
 * Carries bytes both ways, unchanged, on a thread of the addon's. The caller keeps ownership of the
 * descriptors; shared ones are not made non-blocking.
 */
export class Pump {
  readonly #id: number;
  readonly #ended = Promise.withResolvers<{ readonly outputLost: boolean }>();
  #over = false;

  /** @throws an Error with `errno` when it cannot be started */
  constructor({ master, input, output }: PumpEnds) {
    const id = expectEvent((_bytes, _failure, lost) => {
      this.#over = true;
      native().pumpForget(id);
      this.#ended.resolve({ outputLost: lost !== 0 });
    });
    this.#id = id;
    try {
      native().pump(id, master, input, output);
    } catch (error) {
      forget(id);
      throw error;
    }
  }

  /**
   * Writes our own lines above the container's unfinished line, which is repeated after them. Each
   * ends with CR LF.
   */
  say(text: string): void {
    if (!this.#over) native().pumpSay(this.#id, encodeBytes(text));
  }

  /**
   * The workload has exited: stops reading input. Resolves when all of its output is written;
   * `outputLost` when our output is closed.
   */
  finish(): Promise<{ readonly outputLost: boolean }> {
    if (!this.#over) native().pumpFinish(this.#id);
    return this.#ended.promise;
  }

  /** Ends it at once and drops what has not been passed on. */
  stop(): void {
    if (!this.#over) native().pumpStop(this.#id);
  }
}
