// A command that is run to its end in one call: what it reads, what is kept of what it writes, and
// when it is ended early.
import type { Readable } from 'node:stream';
import type { ExitStatus } from '../state/state.ts';
import { type Collected, collect, discard, type Fed, feed } from '../streams/pipes.ts';
import { hasPipe, type IfPiped, type PipeEnds, type StdioOption } from '../streams/stdio.ts';
import { LONGEST_MS, refuseOption } from './check.ts';
import { RunError, type RunErrorFields, type Why } from './run-error.ts';

/** What the bytes of a captured stream become: text, or the bytes themselves. */
export type Encoding = 'utf8' | 'buffer';

/** Options of the verbs that wait for a command's end: `run`, `pool.run`, `container.run`. */
export interface CallOptions<E extends Encoding = Encoding> {
  /**
   * What the command reads from its standard input, which then ends. Its stdin is a pipe then, also
   * where one word for all streams says otherwise. A `Readable` is destroyed with the command.
   * Default: without a pipe what `stdio` says, with a pipe nothing: it ends at once.
   */
  readonly input?: string | Uint8Array | Readable | undefined;
  /**
   * Milliseconds from the call on; then the command is killed and the call rejects. 0: no limit,
   * which is the default.
   */
  readonly timeout?: number | undefined;
  /**
   * Bytes to keep of each captured stream. Once it writes more, the command is killed and the call
   * rejects. Default: 100,000,000.
   */
  readonly maxBuffer?: number | undefined;
  /**
   * `utf8`: text, where bytes that are no UTF-8 become U+FFFD; `buffer`: the bytes as they are.
   * Default: `utf8`.
   */
  readonly encoding?: E | undefined;
  /** Whether captured text loses one newline at its end. Bytes keep it. Default: true. */
  readonly stripFinalNewline?: boolean | undefined;
  /** Whether an exit code other than 0, or a signal, rejects. Default: false. */
  readonly reject?: boolean | undefined;
  /** Kills the command, and the call rejects; before that it ends the start. */
  readonly signal?: AbortSignal | undefined;
}

/** What a captured stream is in the result. */
export type Captured<E extends Encoding> = E extends 'buffer' ? Buffer : string;

/** What the command wrote to its pipes, and why it ended. `RunError` has the same fields. */
export interface CallResult<S extends StdioOption = StdioOption, E extends Encoding = Encoding>
  extends ExitStatus {
  /** What it wrote to its standard output; undefined where that was no pipe. */
  readonly stdout: IfPiped<S, 1, Captured<E>>;
  readonly stderr: IfPiped<S, 2, Captured<E>>;
  /** Whether it ended with an exit code other than 0, or by a signal. */
  readonly failed: boolean;
  /** False in a result: such an end rejects with a `RunError`, where one of these is true. */
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isMaxBuffer: boolean;
}

/** Of a call's options, those that only such a verb has. */
export type CallOnly = Omit<CallOptions, 'signal'>;

export const CALL_OPTIONS: readonly (keyof CallOnly)[] = [
  ...(['input', 'timeout', 'maxBuffer', 'encoding', 'stripFinalNewline', 'reject'] as const),
];

/** What is captured of a command, by name. */
export interface Texts {
  readonly stdout: string | Buffer | undefined;
  readonly stderr: string | Buffer | undefined;
}

const MAX_BUFFER = 100_000_000;
/**
 * For the output of a command that was ended, when a process outside of its container still holds
 * the pipe.
 */
const GRACE_MS = 250;

/** Whether these options ask for more than the end of the command. */
export function isCall(options: CallOptions & { readonly stdio?: unknown }): boolean {
  const { stdio, signal } = options;
  return (
    signal !== undefined ||
    hasPipe(stdio) ||
    CALL_OPTIONS.some((name) => options[name] !== undefined)
  );
}

/** @throws ConfigError for an option that only such a verb has, with `hint`. */
export function refuseCallOptions(options: object, hint: string): void {
  for (const name of CALL_OPTIONS)
    if (name in options) refuseOption(name, Reflect.get(options, name), hint);
}

/** What only such a verb has, and the rest. */
export function parted<T extends CallOnly>(
  options: T,
): { rest: Omit<T, keyof CallOnly>; own: CallOnly } {
  const { input, timeout, maxBuffer, encoding, stripFinalNewline, reject, ...rest } = options;
  return { rest, own: { input, timeout, maxBuffer, encoding, stripFinalNewline, reject } };
}

/** The streams of a call: a pipe for `input`, and an empty stdin instead of a pipe without it. */
export function callStdio(stdio: StdioOption = 'inherit', input?: unknown): StdioOption {
  if (typeof stdio === 'string') {
    if (input !== undefined) return ['pipe', stdio, stdio];
    return stdio === 'pipe' ? ['ignore', stdio, stdio] : stdio;
  }
  // What is none of that is for others to refuse.
  return Array.isArray(stdio) && stdio[0] === 'pipe' && input === undefined
    ? ['ignore', stdio[1], stdio[2]]
    : stdio;
}

/** One call, from its options to its result. Disposed of, it holds nothing any more. */
export class Call implements Disposable {
  readonly #options: CallOptions;
  /** Streams that are pipes. */
  readonly #piped: { readonly stdout: boolean; readonly stderr: boolean };
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #cancel = () => this.#end({ kind: 'canceled', reason: this.#options.signal?.reason });
  #why: Why | undefined;
  #kill = () => {};
  #ended = false;
  #grace: NodeJS.Timeout | undefined;
  #input: Fed | undefined;
  #stdout: Collected | undefined;
  #stderr: Collected | undefined;

  /** From now on its time runs. Options that are wrong are for others to refuse. */
  constructor(options: CallOptions, stdio: StdioOption = 'inherit') {
    this.#options = options;
    const piped = (index: 1 | 2) => (typeof stdio === 'string' ? stdio : stdio?.[index]) === 'pipe';
    this.#piped = { stdout: piped(1), stderr: piped(2) };
    const { timeout, signal } = options;
    if (typeof timeout === 'number' && timeout > 0 && timeout <= LONGEST_MS)
      this.#timer = setTimeout(() => this.#end({ kind: 'timeout', timeout }), timeout);
    if (!(signal instanceof AbortSignal)) return;
    signal.addEventListener('abort', this.#cancel, { once: true });
    if (signal.aborted) this.#cancel();
  }

  /** Aborted when the command is to be ended, whatever the reason. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** `error` as the caller shall see it: a start that this call ended is a RunError. */
  explained(error: unknown, command: () => readonly string[]): unknown {
    if (this.#why === undefined || error !== this.#abort.signal.reason) return error;
    return new RunError(this.#why, command(), this.#texts());
  }

  /** The command runs: its pipes, which are the call's to close from now on, are read and fed. */
  attach(ends: PipeEnds | undefined, kill: () => void): void {
    this.#kill = kill;
    if (this.#why !== undefined) kill();
    if (ends === undefined) return;
    const { maxBuffer = MAX_BUFFER, input } = this.#options;
    const collected = (name: 'stdout' | 'stderr') => {
      const fd = ends[name];
      const full = () => this.#end({ kind: 'maxBuffer', stream: name, maxBuffer });
      return fd === undefined ? undefined : collect(fd, maxBuffer, full);
    };
    this.#stdout = collected('stdout');
    this.#stderr = collected('stderr');
    if (ends.stdin !== undefined)
      this.#input = feed(ends.stdin, input, (error) => this.#end({ kind: 'input', error }));
  }

  /** The command has ended. Resolves with all that it wrote. */
  async output(): Promise<Texts> {
    this.#ended = true;
    this.#input?.destroy();
    if (this.#why !== undefined) this.#endSoon();
    await this.#stdout?.done;
    await this.#stderr?.done;
    return this.#texts();
  }

  /** The result, unless the call is to reject. @throws RunError with the same fields. */
  settled<T extends CallResult & RunErrorFields>(result: T, command: readonly string[]): T {
    if (this.#why !== undefined) throw new RunError(this.#why, command, result);
    if (this.#options.reject && result.failed)
      throw new RunError({ kind: 'failed' }, command, result);
    return result;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
    const { signal } = this.#options;
    if (signal instanceof AbortSignal) signal.removeEventListener('abort', this.#cancel);
    if (this.#input) this.#input.destroy();
    else discard(this.#options.input);
    this.#stdout?.destroy();
    this.#stderr?.destroy();
  }

  #end(why: Why): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#abort.abort(new Error('ended'));
    this.#kill();
    if (this.#ended) this.#endSoon();
  }

  #endSoon(): void {
    this.#grace ??= setTimeout(() => {
      this.#stdout?.destroy();
      this.#stderr?.destroy();
    }, GRACE_MS);
  }

  #texts(): Texts {
    const { stdout, stderr } = this.#piped;
    return {
      stdout: stdout ? this.#text(this.#stdout?.bytes()) : undefined,
      stderr: stderr ? this.#text(this.#stderr?.bytes()) : undefined,
    };
  }

  #text(bytes: Buffer = Buffer.alloc(0)): string | Buffer {
    const { encoding, stripFinalNewline = true } = this.#options;
    if (encoding === 'buffer') return bytes;
    const text = bytes.toString('utf8');
    // What was cut off has no end.
    return stripFinalNewline && this.#why?.kind !== 'maxBuffer' ? text.replace(/\r?\n$/, '') : text;
  }
}
