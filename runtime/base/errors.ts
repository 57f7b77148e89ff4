// What can go wrong, as data. Text is made from the fields, at the edge: one line of fact, one of
// help.
import { legible, quoted } from './bytes.ts';

/**
 * Every error the runtime throws on purpose. `hint` is a line of help; `cleanupErrors` is what
 * failed while undoing.
 */
export class TerrariumError extends Error {
  override name = 'TerrariumError';
  readonly hint: string | undefined;
  readonly cleanupErrors: Error[] = [];

  constructor(message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(legible(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint === undefined ? undefined : legible(options.hint);
  }
}

/**
 * One wrong field of a configuration: its path (`memory`, `mounts[2].destination`), the value it
 * got, and why not.
 */
export interface ConfigProblem {
  readonly path: string;
  readonly value: unknown;
  readonly problem: string;
  readonly hint?: string | undefined;
}

/** The request is wrong, and nothing was done. Lists every wrong field. */
export class ConfigError extends TerrariumError {
  override name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((p) => `${p.path}: ${p.problem} (got ${quote(p.value)})`).join('\n'), {
      hint: [...new Set(problems.flatMap((p) => p.hint ?? []))].join('\n') || undefined,
    });
    this.problems = problems;
  }
}

/** The host lacks something that the request needs. `missing` names the feature. */
export class HostError extends TerrariumError {
  override name = 'HostError';
  readonly missing: string;

  constructor(
    missing: string,
    message: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options);
    this.missing = missing;
  }
}

/**
 * A container is not in the state that the verb needs (no such id, already running, not running …).
 */
export class StateError extends TerrariumError {
  override name = 'StateError';
}

export interface KernelOpFields {
  readonly phase: 'host' | 'spawn' | 'link' | 'inside' | 'exec' | 'undo';
  /** Position in the plan, from 1, and how many steps the plan has. */
  readonly step: number;
  readonly steps: number;
  /** The operation as a person reads it: `mount proc on /proc (nosuid,nodev,noexec)`. */
  readonly operation: string;
  readonly syscall: string;
  readonly path?: string | undefined;
  /** Symbolic errno: `EPERM`. */
  readonly code: string;
  readonly errno: number;
}

/** The kernel refused one operation of the plan. Everything made so far has been undone. */
export class KernelOpError extends TerrariumError {
  override name = 'KernelOpError';
  readonly fields: KernelOpFields;

  constructor(
    fields: KernelOpFields,
    meaning: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(
      `setup ${fields.step}/${fields.steps} ${fields.operation}: ${fields.code}, ${meaning}`,
      options,
    );
    this.fields = fields;
  }
}

function quote(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * The message of Node's error, without the path where that is no text: Node shows U+FFFD for each
 * byte that is not UTF-8.
 */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return legible(message.includes('\ufffd') ? message.replace(/,? '.*$/s, '') : message);
}
