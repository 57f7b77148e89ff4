// Where a container's standard streams come from and go to.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Stdio } from '../execute/bear.ts';

/** `inherit`: the caller's own; `ignore`: /dev/null; or three descriptors of the caller's. A terminal replaces all three. */
export type StdioOption = 'inherit' | 'ignore' | readonly [stdin: number, stdout: number, stderr: number];

export interface OpenedStdio extends Disposable {
  readonly descriptors: Stdio;
}

/** A detached container writes to `log` in its state directory instead; what was opened here closes with the result. */
export function openStdio(option: StdioOption, logDirectory: string | undefined): OpenedStdio {
  const opened: number[] = [];
  const open = (path: string, flags: string) => {
    const fd = openSync(path, flags, 0o600);
    opened.push(fd);
    return fd;
  };
  const dispose = () => {
    for (const fd of opened.splice(0)) closeSync(fd);
  };
  if (logDirectory !== undefined) {
    const log = open(join(logDirectory, 'log'), 'a');
    return { descriptors: [open('/dev/null', 'r'), log, log], [Symbol.dispose]: dispose };
  }
  if (option === 'inherit') return { descriptors: [0, 1, 2], [Symbol.dispose]: dispose };
  if (option !== 'ignore') return { descriptors: [option[0], option[1], option[2]], [Symbol.dispose]: dispose };
  const nothing = open('/dev/null', 'r+');
  return { descriptors: [nothing, nothing, nothing], [Symbol.dispose]: dispose };
}
