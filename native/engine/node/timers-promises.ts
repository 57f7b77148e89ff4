// The used part of node:timers/promises.
import type { AbortSignal } from './abort.ts';
import { nodeError } from './errors.ts';
import { clearTimeout, setTimeout as later } from './timers.ts';

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/** Resolves with `value` after `ms`. Rejects with an AbortError when `signal` is aborted. */
export function setTimeout<T = void>(
  ms?: number,
  value?: T,
  { signal }: Options = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(aborted(signal?.reason));
    };
    if (signal?.aborted) {
      reject(aborted(signal.reason));
      return;
    }
    const timer = later(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, ms);
    signal?.addEventListener('abort', abort);
  });
}

function aborted(cause: unknown): Error {
  const error = nodeError(Error, 'ABORT_ERR', 'The operation was aborted');
  error.cause = cause;
  return Object.assign(error, { name: 'AbortError' });
}
