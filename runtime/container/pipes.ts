// Our ends of a command's pipes as Node's streams. Loaded when there are pipes: node:net takes a
// millisecond that a start without them does not spend.
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { PipeEnds } from './stdio.ts';

/** Input on its way to a command. */
export interface Fed {
  /** Nobody reads it any more. Any number of times. */
  destroy(): void;
}

/** What a command writes to one pipe, kept in memory. */
export interface Collected {
  /** Resolves when there is nothing more to come. */
  readonly done: Promise<void>;
  bytes(): Buffer;
  /** Closes the pipe; what was not read by then is lost. */
  destroy(): void;
}

/** Bytes that are kept of a stream that is not read while its end is waited for. */
const UNREAD_BYTES = 16 << 20;

/**
 * Writes `input` to a pipe and ends it; without input it ends at once. A command that does not read
 * it is no failure: EPIPE is what a shell's pipeline gets, too. `fail`: `input` itself failed.
 */
export function feed(
  fd: number,
  input: string | Uint8Array | Readable | undefined,
  fail: (error: Error) => void,
): Fed {
  const socket = inputSocket(fd);
  if (input === undefined) socket.end();
  else if (typeof input === 'string' || input instanceof Uint8Array) socket.end(input);
  else return pass(input, socket, fail);
  return socket;
}

function pass(source: Readable, socket: Socket, fail: (error: Error) => void): Fed {
  const end = () => socket.end();
  let passing = true;
  const stop = () => {
    if (!passing) return;
    passing = false;
    source.off('error', fail).off('close', end).unpipe(socket);
    // The program's own stdin is not this call's to end.
    if (source !== process.stdin) source.on('error', () => {}).destroy();
  };
  if (source.errored) fail(source.errored);
  if (source.readableEnded || source.destroyed) end();
  source.once('error', fail).once('close', end).pipe(socket);
  socket.once('close', stop);
  return {
    destroy: () => {
      stop();
      socket.destroy();
    },
  };
}

/** Reads a pipe to its end and keeps `most` bytes; `full` when there are more. */
export function collect(fd: number, most: number, full: () => void): Collected {
  const socket = new Socket({ fd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    // What comes after that is read and dropped, so that the command can end.
    if (length > most) return;
    length += chunk.length;
    chunks.push(chunk);
    if (length > most) full();
  });
  const done = new Promise<void>((resolve) => {
    // The end of a pipe that cannot be read is its end.
    socket.once('error', () => {}).once('close', () => resolve());
  });
  return {
    done,
    bytes: () => Buffer.concat(chunks, Math.min(length, most)),
    destroy: () => socket.destroy(),
  };
}

/** The `Streams` of a command, and what their owner does with them. */
export class OwnedStreams {
  readonly stdin: Socket | undefined;
  readonly stdout: OutputStream | undefined;
  readonly stderr: OutputStream | undefined;

  /** The descriptors are the streams' from now on. `end`: of the command. */
  constructor(ends: PipeEnds, end: Promise<unknown>) {
    this.stdin = ends.stdin === undefined ? undefined : inputSocket(ends.stdin);
    this.stdout = ends.stdout === undefined ? undefined : new OutputStream(ends.stdout);
    this.stderr = ends.stderr === undefined ? undefined : new OutputStream(ends.stderr);
    void end.then(() => this.stdin?.destroy());
  }

  /** The program waits for the end: what it does not read must not keep the command from it. */
  waiting(): void {
    this.stdout?.keep();
    this.stderr?.keep();
  }

  /** Resolves when what the program has listeners for has been handed to them. */
  async drained(): Promise<void> {
    await this.stdout?.drained();
    await this.stderr?.drained();
  }

  /** Closes what is not read; a stream that has a reader closes at its end. */
  release(): void {
    this.stdin?.destroy();
    for (const stream of [this.stdout, this.stderr]) if (!stream?.taken) stream?.close();
  }
}

/**
 * A command's output. It holds some 192 KiB at most, the pipe included; then the command waits for
 * the reader.
 */
class OutputStream extends Readable {
  readonly #socket: Socket;
  #keeping = false;

  constructor(fd: number) {
    super();
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.pause();
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.once('end', () => this.destroyed || this.push(null));
    this.#socket.once('error', (error) => this.destroy(error));
  }

  /** Whether the program reads it: not any more where a `for await` was left, or a pipe undone. */
  get taken(): boolean {
    const listeners = this.listenerCount('data') + this.listenerCount('readable');
    return this.readableFlowing === true || listeners > 0;
  }

  /** Reads on although nobody takes it, for a later reader: 16 MiB, then nothing more is kept. */
  keep(): void {
    this.#keeping = true;
    if (!this.taken) this.#socket.resume();
  }

  /** Resolves when listeners for `data` have all of it; one that asks for it itself has time. */
  async drained(): Promise<void> {
    if (this.listenerCount('data') === 0 || this.listenerCount('readable') > 0) return;
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      this.once('close', resolve);
    });
  }

  /** Closes the pipe, whatever is in it. */
  close(): void {
    this.destroy();
    this.#socket.destroy();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // A command that nobody listens to any more goes on all the same.
    if (this.#keeping && !this.taken) this.#socket.resume();
    else this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    const room = this.push(chunk);
    if (room) return;
    if (!this.#keeping || this.taken) this.#socket.pause();
    else if (this.readableLength > UNREAD_BYTES) this.destroy();
  }
}

/** EPIPE comes from a command that has ended, or reads no more: listeners of the program hear it. */
function inputSocket(fd: number): Socket {
  return new Socket({ fd, readable: false, writable: true }).on('error', () => {});
}
