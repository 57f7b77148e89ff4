// Terminals of this side, and the pump between one of them and a container's.
import { encodeBytes } from '../base/bytes.ts';
import { expectEvent, forget, native } from './addon.ts';

/**
 * cfmakeraw(3) on a terminal, or only its part for output: what is written passes unchanged, and
 * the keys go on to be a terminal's. Returns its attributes before, for `restoreTerminal`.
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

/** A pair of the host's own devpts, pty(7). Both descriptors are the caller's to close. */
export function openPty(): { readonly master: number; readonly slave: number } {
  const [master, slave] = native().openPty();
  return { master, slave };
}

export interface PumpEnds {
  /** The master of the container's terminal; it becomes non-blocking. */
  readonly master: number;
  /** What is typed: a terminal, a pipe, a file; -1 for none. Its end becomes Ctrl-D. */
  readonly input: number;
  readonly output: number;
}

/**
 * Carries bytes both ways, unchanged, on a thread of the addon's. Descriptors stay the caller's;
 * those that others share are not made non-blocking.
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
   * Writes lines of ours above the line that the container is writing, which is repeated after
   * them. Each ends with CR LF.
   */
  say(text: string): void {
    if (!this.#over) native().pumpSay(this.#id, encodeBytes(text));
  }

  /**
   * The workload has ended: what is typed stays unread. Resolves when everything that it wrote
   * has been passed on; `outputLost` when our output took no more (its reader has gone).
   */
  finish(): Promise<{ readonly outputLost: boolean }> {
    if (!this.#over) native().pumpFinish(this.#id);
    return this.#ended.promise;
  }

  /** Ends it at once, whatever has not been passed on. */
  stop(): void {
    if (!this.#over) native().pumpStop(this.#id);
  }
}
