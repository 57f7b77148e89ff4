// Our ends of a command's pipes as Node's streams. Its modules are fetched when there are pipes:
// they take a millisecond that a start without them does not spend, and no descriptor.
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { PipeEnds } from './stdio.ts';

/** Input on its way to a command. */
export interface Fed {
  /** Ends it: the command reads no more. Any number of times. */
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

/** A stream that no command reads, or reads further. The program's own stdin is not ours to end. */
export function discard(input: unknown): void {
  const stream = typeof input === 'object' && input !== null && 'destroy' in input;
  if (!stream || input === process.stdin) return;
  if ('on' in input && typeof input.on === 'function') input.on('error', () => {});
  if (typeof input.destroy === 'function') input.destroy();
}

function pass(source: Readable, socket: Socket, fail: (error: Error) => void): Fed {
  const end = () => socket.end();
  let passing = true;
  const stop = () => {
    if (!passing) return;
    passing = false;
    source.off('error', fail).off('close', end).unpipe(socket);
    discard(source);
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
  const socket = outputSocket(fd);
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
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  readonly #outputs: readonly Output[];

  /** The descriptors are the streams' from now on. `end`: of the command. */
  constructor({ stdin, stdout, stderr }: PipeEnds, end: Promise<unknown>) {
    const output = (fd: number | undefined) => (fd === undefined ? undefined : new Output(fd));
    const outputs = [output(stdout), output(stderr)];
    this.stdin = stdin === undefined ? undefined : inputSocket(stdin);
    this.stdout = outputs[0]?.stream;
    this.stderr = outputs[1]?.stream;
    this.#outputs = outputs.filter((one) => one !== undefined);
    void end.then(() => this.stdin?.destroy());
  }

  /** The program waits for the end: what it does not read must not keep the command from it. */
  waiting(): void {
    for (const output of this.#outputs) output.keep();
  }

  /** Resolves when what the program has listeners for has been handed to them. */
  async drained(): Promise<void> {
    for (const output of this.#outputs) await output.drained();
  }

  /** Closes what is not read; a stream that has a reader closes at its end. */
  release(): void {
    this.stdin?.destroy();
    for (const output of this.#outputs) if (!output.taken) output.close();
  }
}

/**
 * A command's output. It holds some 192 KiB at most, the pipe included; then the command waits for
 * the reader.
 */
class Output {
  readonly stream: Readable;
  readonly #socket: Socket;
  #keeping = false;

  constructor(fd: number) {
    const { Readable: Stream } = process.getBuiltinModule('node:stream');
    this.stream = new Stream({
      read: () => {
        this.#socket.resume();
      },
      destroy: (error, done) => {
        // A command that is not listened to any more goes on all the same.
        if (this.#keeping && !this.taken) this.#socket.resume();
        else this.#socket.destroy();
        done(error);
      },
    });
    this.#socket = outputSocket(fd);
    this.#socket.pause();
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.once('end', () => this.stream.destroyed || this.stream.push(null));
    this.#socket.once('error', (error) => this.stream.destroy(error));
  }

  /** Whether the program reads it: not any more where a `for await` was left, or a pipe undone. */
  get taken(): boolean {
    const { stream } = this;
    const listeners = stream.listenerCount('data') + stream.listenerCount('readable');
    return stream.readableFlowing === true || listeners > 0;
  }

  /** Reads on without a reader, for a later one: 16 MiB, then nothing more is kept. */
  keep(): void {
    this.#keeping = true;
    if (!this.taken) this.#socket.resume();
  }

  /** Resolves when listeners for `data` have all of it; one that asks for it itself has time. */
  async drained(): Promise<void> {
    const { stream } = this;
    if (stream.listenerCount('data') === 0 || stream.listenerCount('readable') > 0) return;
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
    });
  }

  /** Closes the pipe, whatever is in it. */
  close(): void {
    this.stream.destroy();
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.stream.destroyed) return;
    const room = this.stream.push(chunk);
    if (room) return;
    if (!this.#keeping || this.taken) this.#socket.pause();
    else if (this.stream.readableLength > UNREAD_BYTES) this.stream.destroy();
  }
}

function outputSocket(fd: number): Socket {
  const { Socket: Pipe } = process.getBuiltinModule('node:net');
  return new Pipe({ fd, readable: true, writable: false });
}

/** EPIPE means that the command reads no more: only listeners of the program hear it. */
function inputSocket(fd: number): Socket {
  const { Socket: Pipe } = process.getBuiltinModule('node:net');
  return new Pipe({ fd, readable: false, writable: true }).on('error', () => {});
}
