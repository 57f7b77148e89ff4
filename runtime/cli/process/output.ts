// What this command writes to its own descriptors, without making them non-blocking for the
// container that shares them.
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty, type WriteStream } from 'node:tty';
import { encodeBytes } from '../../base/bytes.ts';
import { TerrariumError } from '../../base/errors.ts';
import { errnoMeaning, errnoName, systemFailure } from '../../native/errno.ts';
import { exhaustionHint } from '../../native/exhausted.ts';

const EIO = 5;
const EAGAIN = 11;
const EPIPE = 32;
/** Between two attempts at a pipe or terminal that takes nothing. */
const PAUSE_MS = 10;

const NAMES = ['standard input', 'standard output', 'standard error'];

/** Standard output or error of this process. */
export class ProcessOutput {
  readonly isTTY: boolean;
  readonly #which: 1 | 2;
  readonly #fd: number;
  readonly #stream: () => WriteStream;
  /** Its reader has gone, or it has failed. */
  #lost = false;
  #patient = false;
  #rest: Buffer = Buffer.alloc(0);
  #own = -1;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `stream`: Node's for it, of which only a terminal's size is asked; `fd`: another descriptor in
   * its place.
   */
  constructor(which: 1 | 2, stream: () => WriteStream, fd: number = which) {
    this.#which = which;
    this.#fd = fd;
    this.#stream = stream;
    this.isTTY = isatty(fd);
  }

  get columns(): number {
    return this.isTTY ? this.#stream().columns : 80;
  }

  /**
   * Escapes of bytes.ts leave as the bytes they stand for. Answers false when nothing reads it any
   * more (`terrarium logs -f web | head -1`), which is no error.
   *
   * @throws TerrariumError when standard output cannot be written (a full disk)
   */
  write(text: string | Uint8Array): boolean {
    const bytes = typeof text === 'string' ? encodeBytes(text) : text;
    if (this.#patient) this.#put(bytes);
    else this.#putAll(bytes);
    return !this.#lost;
  }

  /**
   * Until the result is called, no write waits for a reader: this thread has to hear signals. What
   * is not taken by then is written then, and that waits.
   */
  doNotWait(): () => void {
    this.#patient = true;
    return () => {
      this.#patient = false;
      clearTimeout(this.#timer);
      if (this.#own >= 0) closeSync(this.#own);
      this.#own = -1;
      this.#putAll(this.#rest);
      this.#rest = Buffer.alloc(0);
    };
  }

  #putAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length && !this.#lost; ) {
      const count = this.#attempt(this.#fd, bytes.subarray(done));
      // Another process made our pipe non-blocking, and its reader is slow.
      if (count === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
      done += count;
    }
  }

  #put(bytes: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length > 0 && !this.#lost) {
      const count = this.#attempt(this.#withoutWaiting(), this.#rest);
      this.#rest = this.#rest.subarray(count);
      if (count > 0) continue;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#put(Buffer.alloc(0)), PAUSE_MS).unref();
      return;
    }
  }

  /** How much was taken: 0 when it would have waited. */
  #attempt(fd: number, bytes: Uint8Array): number {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      const { errno } = systemFailure(error) ?? { errno: 0 };
      if (errno === EAGAIN) return 0;
      // EIO: the terminal has been closed.
      this.#lost = true;
      if (errno !== EPIPE && errno !== EIO && this.#which === 1) throw this.#failure(errno);
      return 0;
    }
  }

  #failure(errno: number): TerrariumError {
    return new TerrariumError(
      `cannot write to ${NAMES[this.#which]}: ${errnoName(errno)}, ${errnoMeaning(errno)}`,
      { hint: exhaustionHint(errno, 'write') },
    );
  }

  /**
   * An open file description of our own for a pipe or a terminal, so that O_NONBLOCK is ours alone
   * (open(2)). Regular files do not wait for a reader, and sockets cannot be opened so.
   */
  #withoutWaiting(): number {
    if (this.#own >= 0) return this.#own;
    try {
      const stats = fstatSync(this.#fd);
      if (!stats.isFIFO() && !stats.isCharacterDevice()) return this.#fd;
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
      this.#own = openSync(`/proc/self/fd/${this.#fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
      return this.#own;
    } catch {
      return this.#fd;
    }
  }
}
