// The end of a call that did not go to its end, or failed: an error with the fields of a result.
import { legible } from '../../base/bytes.ts';
import { TerrariumError } from '../../base/errors.ts';
import type { Plan, Trace } from '../../plan/operations.ts';
import { quoteAll } from '../../plan/quote.ts';

/** Why a call rejects although its command was started, or was about to be. */
export type Why =
  | { readonly kind: 'timeout'; readonly timeout: number }
  | { readonly kind: 'canceled'; readonly reason: unknown }
  | {
      readonly kind: 'maxBuffer';
      readonly stream: 'stdout' | 'stderr';
      readonly maxBuffer: number;
    }
  | { readonly kind: 'input'; readonly error: Error }
  | { readonly kind: 'failed' };

/** What is known of the command by then: nothing, where it was not started. */
export interface RunErrorFields {
  readonly id?: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly oomKilled?: boolean | undefined;
  readonly cpuTimeUs?: number;
  readonly stdout?: string | Buffer | undefined;
  readonly stderr?: string | Buffer | undefined;
  readonly plan?: Plan;
  readonly trace?: Trace;
  readonly warnings?: readonly string[];
}

/** As Node's own errors have it: ETIMEDOUT of child_process, ABORT_ERR of an AbortSignal. */
const CODES: Readonly<Record<Why['kind'], string | undefined>> = {
  timeout: 'ETIMEDOUT',
  canceled: 'ABORT_ERR',
  maxBuffer: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
  input: undefined,
  failed: undefined,
};

/** Of a command in a message: what is longer is cut. */
const MOST_CHARACTERS = 200;

/**
 * A command that ran out of time, was canceled, wrote more than `maxBuffer`, whose `input` failed,
 * or that failed itself with `reject`. It has what the result would have, as execa's errors do:
 * `error.stdout`, `error.exitCode`. The container is gone by then.
 *
 * Its `name` is RunError; of a canceled call that of the signal's reason, which is its `cause`:
 * AbortError, TimeoutError.
 */
export class RunError extends TerrariumError {
  override name = 'RunError';
  /** ETIMEDOUT, ABORT_ERR or ERR_CHILD_PROCESS_STDIO_MAXBUFFER; of a failed input its own. */
  readonly code: string | undefined;
  /** What happened and to which command: one line, as `message`. */
  readonly shortMessage: string;
  /** Message of the error that is the cause, if there is one. */
  readonly originalMessage: string | undefined;
  /** The command as a shell would read it. */
  readonly command: string;
  readonly failed = true;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isMaxBuffer: boolean;
  readonly id: string | undefined;
  readonly exitCode: number | undefined;
  /** `SIGKILL`, after a time-out and the like. */
  readonly signal: string | undefined;
  readonly oomKilled: boolean | undefined;
  readonly cpuTimeUs: number | undefined;
  readonly stdout: string | Buffer | undefined;
  readonly stderr: string | Buffer | undefined;
  readonly warnings: readonly string[];
  readonly #fields: RunErrorFields;

  /** Thrown by `run`, `pool.run` and `container.run`. */
  constructor(why: Why, command: readonly string[], fields: RunErrorFields) {
    const text = clipped(legible(quoteAll(command)));
    const cause = causeOf(why);
    const original = cause === undefined ? undefined : messageOf(cause);
    const fact = `command \`${text}\` ${factOf(why, fields)}`;
    super(original ? `${fact}: ${original}` : fact, { hint: hintOf(why), cause });
    this.#fields = fields;
    this.command = text;
    this.shortMessage = this.message;
    this.originalMessage = original;
    this.code = CODES[why.kind] ?? codeOf(cause);
    this.timedOut = why.kind === 'timeout';
    this.isCanceled = why.kind === 'canceled';
    this.isMaxBuffer = why.kind === 'maxBuffer';
    this.id = fields.id;
    this.exitCode = fields.exitCode;
    this.signal = fields.signal;
    this.oomKilled = fields.oomKilled;
    this.cpuTimeUs = fields.cpuTimeUs;
    this.stdout = fields.stdout;
    this.stderr = fields.stderr;
    this.warnings = fields.warnings ?? [];
    if (why.kind === 'canceled') this.name = cause instanceof Error ? cause.name : 'AbortError';
  }

  /** Undefined where nothing was made, and of `container.run`. */
  get plan(): Plan | undefined {
    return this.#fields.plan;
  }

  get trace(): Trace | undefined {
    return this.#fields.trace;
  }
}

function factOf(why: Why, { exitCode, signal }: RunErrorFields): string {
  switch (why.kind) {
    case 'timeout':
      return `timed out after ${why.timeout} ms`;
    case 'canceled':
      return 'was canceled';
    case 'maxBuffer':
      return `wrote more than ${why.maxBuffer} bytes to its ${why.stream}`;
    case 'input':
      return 'had an input that failed';
    case 'failed':
      return signal === undefined
        ? `failed with exit code ${exitCode ?? 'unknown'}`
        : `was ended by ${signal}`;
  }
}

function hintOf(why: Why): string | undefined {
  return why.kind === 'maxBuffer'
    ? 'raise `maxBuffer`, or read the output as a stream: createContainer, container.exec'
    : undefined;
}

function causeOf(why: Why): unknown {
  if (why.kind === 'canceled') return why.reason;
  return why.kind === 'input' ? why.error : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
}

function clipped(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
