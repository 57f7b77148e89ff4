// What a command may touch of the process it runs in: so that it can be tried without one.

export interface Output {
  write(text: string): unknown;
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

export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  return {
    ...{ stdin, stdout, stderr, env },
    cwd: process.cwd(),
    finish(code) {
      process.exitCode = code;
    },
  };
}

/** Colours are for people: a terminal, and nobody who asked for none (no-color.org). */
export function wantsColour(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
