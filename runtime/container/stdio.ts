// Where a container's standard streams come from and go to.
import { closeSync, constants, openSync } from 'node:fs';
import { pathOf } from '../bytes.ts';
import type { Stdio } from '../execute/bear.ts';

/** `inherit`: the caller's own; `ignore`: /dev/null; or three descriptors of the caller's. A terminal replaces all three. */
export type StdioOption =
  | 'inherit'
  | 'ignore'
  | readonly [stdin: number, stdout: number, stderr: number];

export interface OpenedStdio extends Disposable {
  readonly descriptors: Stdio;
}

/** What was opened here closes with the result. */
export function openStdio(option: StdioOption): OpenedStdio {
  if (option === 'inherit') return { descriptors: [0, 1, 2], [Symbol.dispose]: () => {} };
  if (option !== 'ignore')
    return { descriptors: [option[0], option[1], option[2]], [Symbol.dispose]: () => {} };
  const nothing = openSync('/dev/null', 'r+');
  return { descriptors: [nothing, nothing, nothing], [Symbol.dispose]: () => closeSync(nothing) };
}

/**
 * A detached container's output goes to a new file: its watcher pumps it there. No append mode, which
 * splice(2) refuses. @throws Node's error.
 */
export function openLog(file: string): OpenedStdio {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const log = openSync(pathOf(file), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  let nothing: number;
  try {
    nothing = openSync('/dev/null', 'r');
  } catch (error) {
    closeSync(log);
    throw error;
  }
  return {
    descriptors: [nothing, log, log],
    [Symbol.dispose]: () => {
      closeSync(nothing);
      closeSync(log);
    },
  };
}
