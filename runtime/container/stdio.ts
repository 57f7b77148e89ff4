// Where a container's standard streams come from and go to.
import { closeSync, constants, openSync } from 'node:fs';
import type { Stdio } from '../execute/bear.ts';
import { createFresh } from '../execute/state-directory.ts';

/**
 * `inherit`: the caller's own; `ignore`: /dev/null; or three descriptors of the caller's. A
 * terminal replaces all three.
 */
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
 * A detached container's output goes to a new file: its watcher pumps it there. No append mode,
 * which splice(2) refuses. @throws HostError when it cannot be made.
 */
export function openLog(file: string): OpenedStdio {
  const log = createFresh(file, constants.O_WRONLY);
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
