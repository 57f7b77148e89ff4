// A shell on a real terminal, driven like a user: type a line, read the output until the prompt
// returns.
import { once } from 'node:events';
import { patience } from '../base/patience.ts';
import { agreeOnPrompt } from './agree.ts';
import { Recording } from './cast.ts';
import { type Channel, openPipes, openTerminal } from './channel.ts';
import { demonstrate, typingDelayMs } from './demo.ts';
import { echoEnd, plain, withoutNotices } from './text.ts';

export interface ShellRequest {
  readonly title: string;
  readonly commandLine: readonly string[];
  /** A pattern for the end of the prompt. Absent: the shell gets a known one. */
  readonly prompt?: RegExp;
  /** A line that the program itself may print at any moment: removed from command output. */
  readonly notices?: RegExp;
  /** Default: true. Without a terminal, commands come through a pipe, and nothing hangs up. */
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the directory of the tests. */
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

const KEYS = { 'C-c': '\x03', 'C-d': '\x04', 'C-z': '\x1a', 'C-\\': '\x1c', Enter: '\r' } as const;
/** Until a prompt is agreed: root's or a user's, by convention. */
const ANY_PROMPT = /[#$>] ?$/;
const COLUMNS = 110;
const ROWS = 30;
const WAIT_MS = 15_000;
/** The maximum length of a repeated line. */
const LINE_LENGTH = 4096;

export class Shell {
  readonly recording: Recording;
  #prompt: RegExp;
  /** Typed after each line, without a prompt. */
  #marker: string | undefined;
  readonly #prompted: boolean;
  readonly #notices: RegExp | undefined;
  readonly #channel: Channel;
  readonly #exited: Promise<[exitCode: number | null, signal: NodeJS.Signals | null]>;
  /** Raw output since the last typed line, and since the beginning. */
  #seen = '';
  #typed = '';
  /** The line shown before that: a prompt. */
  #before = '';
  #all = '';
  #arrived = Promise.withResolvers<void>();
  #ended = false;
  /** A line with a pending answer. */
  #asked: string | undefined;

  constructor(request: ShellRequest) {
    const { columns = COLUMNS, rows = ROWS, commandLine, title, env = {} } = request;
    this.#prompt = request.prompt ?? ANY_PROMPT;
    this.#prompted = request.prompt !== undefined;
    this.#notices = request.notices;
    this.recording = new Recording(title, columns, rows);
    const program = {
      commandLine,
      env,
      cwd: request.cwd,
      onOutput: (text: string) => this.#onOutput(text),
      onEnd: () => this.#onEnd(),
    };
    this.#channel =
      request.terminal === false ? openPipes(program) : openTerminal(program, columns, rows);
    this.#exited = once(this.#channel.process, 'exit').then(([code, signal]) => [code, signal]);
  }

  /** Everything shown so far, without escape sequences. */
  get screen(): string {
    return plain(this.#all);
  }

  /** The started process: the subject, not the shell inside. */
  get pid(): number {
    return this.#channel.process.pid ?? -1;
  }

  /** The terminal's other side is closed. */
  get closed(): boolean {
    return this.#ended;
  }

  /** Waits for the first prompt, or for the answer of a shell with an unknown prompt. */
  async ready(): Promise<this> {
    if (this.#prompted) await this.until(this.#prompt);
    else {
      const { prompt, marker } = await agreeOnPrompt(this);
      this.#prompt = prompt;
      this.#marker = marker;
    }
    return this;
  }

  /** Types a line, and returns its output up to the next prompt. */
  async type(
    line: string,
    { timeoutMs = WAIT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<string> {
    // A bug in the test, such as Promise.all: two answers would be taken for one.
    if (this.#asked !== undefined)
      throw new Error(`'${line}' was typed before '${this.#asked}' was answered`);
    this.#asked = line;
    try {
      await this.enter(line);
      await this.#mark();
      await this.until(this.#prompt, timeoutMs);
    } finally {
      this.#asked = undefined;
    }
    return this.#answer(this.#printed());
  }

  /** Types a line, and returns the output up to `pattern`: for foreground programs. */
  async start(
    line: string,
    pattern: RegExp,
    { timeoutMs = WAIT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<string> {
    await this.enter(line);
    await this.until(pattern, timeoutMs, () => this.#printed());
    return this.#printed();
  }

  /**
   * Types a line that leaves something running, and returns its output: waits for the prompt and
   * for `pattern`, in either order. `pattern` matches whole lines, their ends included.
   */
  async background(line: string, pattern: RegExp): Promise<string> {
    const printed = await this.start(line, pattern);
    await this.#mark();
    await this.until(this.#prompt, WAIT_MS, () => this.#printed().replace(pattern, ''));
    return pattern.exec(printed)?.[0] ?? '';
  }

  /** Presses a key. */
  async press(key: keyof typeof KEYS): Promise<void> {
    this.#forget('');
    await this.#send(KEYS[key]);
  }

  /** Waits for the prompt after a key was pressed; returns the output. */
  async prompt(): Promise<string> {
    await this.#mark();
    await this.until(this.#prompt);
    return this.#answer(this.#text());
  }

  /** Waits until the output since the last line or key matches. */
  async until(
    pattern: RegExp,
    timeoutMs = WAIT_MS,
    text: () => string = () => this.#text(),
  ): Promise<void> {
    const deadline = AbortSignal.timeout(patience(timeoutMs));
    const late = new Promise<'late'>((resolve) =>
      deadline.addEventListener('abort', () => resolve('late'), { once: true }),
    );
    while (!pattern.test(text())) {
      if (this.#ended)
        throw new Error(
          `the terminal was closed before ${pattern} came; it showed:\n${this.#tail()}`,
        );
      if ((await Promise.race([this.#arrived.promise, late])) === 'late')
        throw new Error(
          `${pattern} did not come within ${patience(timeoutMs)} ms; the terminal shows:\n${this.#tail()}`,
        );
    }
  }

  resize(columns: number, rows: number): void {
    this.recording.resize(columns, rows);
    this.#channel.resize(columns, rows);
  }

  /**
   * Types `line` (nothing when empty) and returns the exit code of the subject, 128+n for signal n.
   */
  async exit(line = 'exit'): Promise<number> {
    if (line !== '') await this.enter(line);
    return this.ended();
  }

  /** Resolves with the program's exit code when it exits by itself. */
  async ended(): Promise<number> {
    const late = new Promise<never>((_, reject) => {
      AbortSignal.timeout(patience(WAIT_MS)).addEventListener(
        'abort',
        () => reject(new Error(`the shell did not end; it shows:\n${this.#tail()}`)),
        { once: true },
      );
    });
    const [exitCode, signal] = await Promise.race([this.#exited, late]);
    if (exitCode === null)
      throw new Error(`the program was killed by ${signal ?? 'an unknown signal'}`);
    return exitCode;
  }

  /** Sends a signal to the subject. */
  kill(signal: NodeJS.Signals): void {
    this.#channel.process.kill(signal);
  }

  /** Closes the terminal, like its window, and waits for the program to exit. */
  async close(): Promise<void> {
    this.#channel.close();
    const timer = setTimeout(() => this.#channel.process.kill('SIGKILL'), patience(5000));
    await this.#exited;
    clearTimeout(timer);
  }

  /** Types a line without waiting. */
  async enter(line: string): Promise<void> {
    const delay = typingDelayMs();
    if (delay > 0) {
      for (const character of line) {
        await this.#send(character);
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
    this.#forget(delay > 0 ? '' : line);
    await this.#send(delay > 0 ? '\r' : `${line}\r`);
  }

  /** Output after the echo of the typed line, which the shell wraps at the edge of its terminal. */
  #printed(): string {
    const seen = this.#text();
    if (!this.#channel.echoes) return seen;
    const end = seen.indexOf('\n', echoEnd(seen, this.#typed));
    return end < 0 ? '' : seen.slice(end + 1);
  }

  /** Output since the last line or key, without the program's own notices. */
  #text(): string {
    const text = plain(this.#seen);
    if (this.#notices === undefined) return text;
    return withoutNotices(this.#before + text, this.#notices).slice(this.#before.length);
  }

  #forget(typed: string): void {
    this.#before = plain(this.#all.slice(-LINE_LENGTH)).split('\n').at(-1) ?? '';
    this.#seen = '';
    this.#typed = typed;
  }

  async #mark(): Promise<void> {
    if (this.#marker !== undefined) await this.#send(`${this.#marker}\r`);
  }

  /** Without the prompt, or the marker and its echo. */
  #answer(printed: string): string {
    const unmarked =
      this.#marker === undefined ? printed : printed.replaceAll(`${this.#marker}\n`, '');
    return unmarked.replace(this.#prompt, '').trimEnd();
  }

  #send(text: string): Promise<void> {
    return this.#channel.send(text);
  }

  #onOutput(text: string): void {
    this.recording.output(text);
    demonstrate(text);
    this.#seen += text;
    this.#all += text;
    this.#wake();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#arrived;
    this.#arrived = Promise.withResolvers<void>();
    resolve();
  }

  #tail(): string {
    return this.screen.split('\n').slice(-20).join('\n');
  }
}
