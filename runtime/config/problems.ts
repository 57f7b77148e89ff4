// How wrong fields are gathered: every parser answers a value or what is wrong with it, and the
// collector keeps all of them.
import { inspect } from 'node:util';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';

/** What a parser of one value answers: the value, or why not and what to do about it. */
export type Parsed<T> =
  | { readonly value: T }
  | { readonly problem: string; readonly hint?: string | undefined };

/**
 * The wrong fields met so far. `accept` unwraps a parser's answer and notes the problem under the
 * field's path.
 */
export interface Problems {
  readonly list: readonly ConfigProblem[];
  add(path: string, value: unknown, problem: string, hint?: string): void;
  accept<T>(path: string, value: unknown, parsed: Parsed<T>): T | undefined;
  /** All of them, to be thrown. */
  error(): ConfigError;
}

export function collectProblems(): Problems {
  const list: ConfigProblem[] = [];
  const add: Problems['add'] = (path, value, problem, hint) => {
    list.push({ path, value: printable(value), problem, ...(hint === undefined ? {} : { hint }) });
  };
  return {
    list,
    add,
    accept(path, value, parsed) {
      if ('value' in parsed) return parsed.value;
      add(path, value, parsed.problem, parsed.hint);
      return undefined;
    },
    error: () => new ConfigError(list),
  };
}

/**
 * Objects become text here, for one without a prototype has no `toString` and would make the error
 * itself throw.
 */
function printable(value: unknown): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? inspect(value, { depth: 2, breakLength: Infinity })
    : value;
}
