// What a command may touch of the process it runs in: so that it can be tried without one.
import { writeSync } from 'node:fs';
import { isatty, type WriteStream } from 'node:tty';
import { encodeBytes } from '../bytes.ts';
import { ownDirectory, ownEnvironment } from '../host/invocation.ts';

export interface Output {
  /** Escapes of bytes.ts leave as the bytes they stand for. */
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths on the command line start here. */
  readonly cwd: string;
  /** The exit status to end with, once everything is written. */
  finish(code: number): void;
}

/**
 * Not Node's own streams: merely looking at them makes a pipe non-blocking, also for the container that shares it, whose programs
 * would then fail with EAGAIN.
 */
export function processIo(): Io {
  return {
    stdin: { isTTY: isatty(0) },
    stdout: output(1, () => process.stdout),
    stderr: output(2, () => process.stderr),
    env: ownEnvironment,
    cwd: ownDirectory(),
    finish(code) {
      process.exitCode = code;
    },
  };
}

function output(fd: number, stream: () => WriteStream): Output {
  const isTTY = isatty(fd);
  return {
    write: (text) => writeAll(fd, typeof text === 'string' ? encodeBytes(text) : text),
    isTTY,
    get columns() {
      return isTTY ? stream().columns : 80;
    },
  };
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // A reader that goes away (`terrarium list | head -1`) ends the writing, and is no error.
      if (code === 'EPIPE') process.exit(0);
      // Somebody else made our pipe non-blocking, and its reader is slow.
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** NO_COLOR (no-color.org) comes first, then FORCE_COLOR (force-color.org; 0: none), then the terminal. */
export function wantsColour(output: Pick<Output, 'isTTY'>, env: Io['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return output.isTTY === true && env.TERM !== 'dumb';
}
