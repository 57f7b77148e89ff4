// Connects this command's terminal with the container's: bytes both ways, the window's size, raw mode and back.
import { write } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';
import type { Terminal } from '../container/container.ts';

/** After the workload's end, how long to wait for a terminal that something else still holds open. */
const DRAIN_MS = 200;

export interface Connection {
  /** Resolves when everything that the workload wrote has been passed on. */
  drained(): Promise<void>;
  /** Gives this terminal back as it was. */
  close(): void;
}

export function connect(terminal: Terminal): Connection {
  const master = new ReadStream(terminal.fd);
  const { stdin, stdout } = process;
  const ended = Promise.withResolvers<void>();
  master.on('data', (chunk) => {
    if (stdout.write(chunk)) return;
    master.pause();
    stdout.once('drain', () => master.resume());
  });
  // EIO: nobody has the other side open any more.
  master.on('error', () => ended.resolve());
  master.on('end', () => ended.resolve());

  const input = new Writer(terminal.fd);
  const onInput = (chunk: Buffer) => {
    stdin.pause();
    input.write(chunk).then(
      () => stdin.resume(),
      () => {},
    );
  };
  const raw = isatty(0);
  if (raw) stdin.setRawMode(true);
  // Ctrl-D, for whoever reads from a pipe that has ended.
  const onEnd = () => void input.write(Buffer.from([4])).catch(() => {});
  stdin.on('data', onInput);
  stdin.on('end', onEnd);
  const onResize = () => terminal.resize(stdout.columns, stdout.rows);
  if (isatty(1)) process.on('SIGWINCH', onResize);
  return {
    async drained() {
      const timer = setTimeout(ended.resolve, DRAIN_MS);
      await ended.promise;
      clearTimeout(timer);
    },
    close() {
      process.removeListener('SIGWINCH', onResize);
      stdin.removeListener('data', onInput);
      stdin.removeListener('end', onEnd);
      if (raw) stdin.setRawMode(false);
      stdin.pause();
      stdin.unref();
      // The stream closes the descriptor.
      master.destroy();
    },
  };
}

/** Writes to a descriptor that libuv has made non-blocking, in order, all of it. */
class Writer {
  readonly #fd: number;
  constructor(fd: number) {
    this.#fd = fd;
  }

  async write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const count = await this.#once(bytes.subarray(done));
      // Full: the program inside does not read. Typing waits until it does.
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      done += count;
    }
  }

  #once(bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, (error, count) => {
        if (!error) resolve(count);
        else if (error.code === 'EAGAIN') resolve(0);
        else reject(error);
      });
    });
  }
}
