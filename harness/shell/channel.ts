// Input and output of a subject: a terminal, or pipes.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, write } from 'node:fs';
import { ReadStream } from 'node:tty';
import { openPty, setWindowSize } from '../../runtime/native/pump.ts';

export interface Channel {
  /** The program, the first process of its own session. */
  readonly process: ChildProcess;
  /** Echoes typed input, like a terminal. */
  readonly echoes: boolean;
  send(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Closes our end: a hangup on a terminal, end of file on a pipe. */
  close(): void;
}

export interface Program {
  readonly commandLine: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  onOutput(text: string): void;
  /** The other side is closed. */
  onEnd(): void;
}

/** A pseudo-terminal, which is the controlling terminal of the program's session. */
export function openTerminal(
  { commandLine, env, cwd, onOutput, onEnd }: Program,
  columns: number,
  rows: number,
): Channel {
  const { master, slave } = openPty();
  setWindowSize(master, columns, rows);
  const process = spawn('setsid', ['--ctty', ...commandLine], {
    stdio: [slave, slave, slave],
    env: { ...globalThis.process.env, TERM: 'xterm-256color', ...env },
    cwd,
  });
  closeSync(slave);
  const stream = new ReadStream(master);
  stream.setEncoding('utf8').on('data', onOutput);
  // EIO: the last process has closed its side.
  stream.on('error', onEnd).on('end', onEnd);
  return {
    process,
    echoes: true,
    send: (text) =>
      new Promise((resolve, reject) => {
        // The descriptor may be reused. Input typed now is lost, as on any terminal.
        if (stream.destroyed) return resolve();
        write(master, Buffer.from(text), (error) =>
          error && !stream.destroyed ? reject(error) : resolve(),
        );
      }),
    resize: (width, height) => setWindowSize(master, width, height),
    close() {
      if (!stream.destroyed) stream.destroy();
    },
  };
}

/** Pipes, and no controlling terminal: nothing hangs up when the program is killed. */
export function openPipes({ commandLine, env, cwd, onOutput, onEnd }: Program): Channel {
  const process = spawn('setsid', commandLine, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...globalThis.process.env, ...env },
    cwd,
  });
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', onOutput);
  // send() reports EPIPE.
  stdin.on('error', () => {});
  process.on('close', onEnd);
  return {
    process,
    echoes: false,
    send: (text) =>
      new Promise((resolve, reject) =>
        stdin.write(text.replaceAll('\r', '\n'), (error) => (error ? reject(error) : resolve())),
      ),
    resize() {},
    close() {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    },
  };
}
