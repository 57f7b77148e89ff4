// What a command may touch of the process it runs in: so that it can be tried without one.
import { isatty } from 'node:tty';
import { TerrariumError } from '../../base/errors.ts';
import { ownDirectory, ownEnvironment } from '../../host/process/invocation.ts';
import { inForeground } from '../../native/pump.ts';
import { ProcessOutput } from './output.ts';

export interface Output {
  /**
   * Escapes of bytes.ts leave as the bytes they stand for. False when nothing reads it any more.
   */
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Until the result is called, no write waits for a reader. */
  readonly doNotWait?: () => () => void;
}

export interface Io {
  /** `inForeground`: whether using it would not stop us. */
  readonly stdin: { readonly isTTY?: boolean; readonly inForeground?: () => boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths on the command line start here. @throws TerrariumError where it was deleted */
  readonly cwd: string;
  /**
   * The exit status to end with, once everything is done; or now, whatever is still awaited, and
   * without giving signals their defaults again on the way out, as Node does.
   */
  finish(code: number, when?: 'at once'): void;
}

/**
 * Not Node's own streams: merely looking at them makes a pipe non-blocking, also for the container
 * that shares it, whose programs would then fail with EAGAIN.
 */
export function processIo(): Io {
  return {
    stdin: { isTTY: isatty(0), inForeground: () => inForeground(0) },
    stdout: new ProcessOutput(1, () => process.stdout),
    stderr: new ProcessOutput(2, () => process.stderr),
    env: ownEnvironment,
    get cwd() {
      return workingDirectory();
    },
    finish(code, when) {
      process.exitCode = code;
      if (when === 'at once') process.exit();
    },
  };
}

function workingDirectory(): string {
  try {
    return ownDirectory();
  } catch (cause) {
    throw new TerrariumError('the working directory does not exist any more', {
      hint: 'give absolute paths, or change to another directory',
      cause,
    });
  }
}

/**
 * Whether a terminal inside is what a person expects: typing, output and errors all are on one, and
 * it is ours now. `2>errors.txt` keeps what it says, and a job in the background is not stopped.
 */
export function onTerminal({ stdin, stdout, stderr }: Io): boolean {
  const all = [stdin, stdout, stderr].every(({ isTTY }) => isTTY === true);
  return all && (stdin.inForeground?.() ?? true);
}

/**
 * NO_COLOR (no-color.org) comes first, then FORCE_COLOR (force-color.org; 0: none), then the
 * terminal.
 */
export function wantsColour(output: Pick<Output, 'isTTY'>, env: Io['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return output.isTTY === true && env.TERM !== 'dumb';
}
