// Where a container's standard streams come from and go to.
import { closeSync, constants, openSync } from 'node:fs';
import { createFresh } from '../../execute/journal/state-directory.ts';
import type { Stdio } from '../../execute/spawn/spawn.ts';
import { closeFd, pipe } from '../../native/addon.ts';

/**
 * One stream. `inherit`: the program's own of that number; `ignore`: /dev/null; `pipe`: a pipe to
 * this program; a number: that open descriptor of this program.
 */
export type StdioEntry = 'inherit' | 'ignore' | 'pipe' | number;

/** One word for all three streams, or an entry each. A terminal replaces all three. */
export type StdioOption =
  | 'inherit'
  | 'ignore'
  | 'pipe'
  | readonly [stdin: StdioEntry, stdout: StdioEntry, stderr: StdioEntry];

/** What `S` says of the stream of that number. */
export type EntryOf<S extends StdioOption, N extends 0 | 1 | 2> = S extends readonly unknown[]
  ? S[N]
  : S;

/** `T` where the stream of that number is a pipe, undefined where it is not. */
export type IfPiped<S extends StdioOption, N extends 0 | 1 | 2, T> =
  EntryOf<S, N> extends infer E ? (E extends 'pipe' ? T : undefined) : never;

/** Our ends of a container's pipes: descriptors, where there is a pipe. */
export interface PipeEnds {
  readonly stdin: number | undefined;
  readonly stdout: number | undefined;
  readonly stderr: number | undefined;
}

/** Whether a choice of streams has a pipe; false for what is no choice. */
export function hasPipe(stdio: unknown): boolean {
  return stdio === 'pipe' || (Array.isArray(stdio) && stdio.includes('pipe'));
}

export interface OpenedStdio extends Disposable {
  readonly descriptors: Stdio;
  /** The receiver's to close. */
  readonly ends?: PipeEnds;
}

/** What was opened here for the container closes with the result. */
export function openStdio(option: StdioOption): OpenedStdio {
  if (option === 'inherit') return { descriptors: [0, 1, 2], [Symbol.dispose]: () => {} };
  if (option !== 'ignore') {
    const entries = option === 'pipe' ? ([option, option, option] as const) : option;
    return openEntries(entries);
  }
  const nothing = openSync('/dev/null', 'r+');
  return { descriptors: [nothing, nothing, nothing], [Symbol.dispose]: () => closeSync(nothing) };
}

/** Closes ends that nothing else holds. */
export function closeEnds(ends: PipeEnds | undefined): void {
  for (const fd of [ends?.stdin, ends?.stdout, ends?.stderr]) if (fd !== undefined) closeFd(fd);
}

/** @throws an Error with `errno` where descriptors are used up; nothing stays open then. */
function openEntries(entries: readonly StdioEntry[]): OpenedStdio {
  const opened: (() => void)[] = [];
  const ours: (number | undefined)[] = [undefined, undefined, undefined];
  const close = () => {
    for (const one of opened) one();
  };
  const open = (entry: StdioEntry, index: number): number => {
    if (typeof entry === 'number') return entry;
    if (entry === 'inherit') return index;
    if (entry === 'ignore') {
      const nothing = openSync('/dev/null', index === 0 ? 'r' : 'w');
      opened.push(() => closeSync(nothing));
      return nothing;
    }
    const [reading, writing] = pipe();
    ours[index] = index === 0 ? writing : reading;
    const theirs = index === 0 ? reading : writing;
    opened.push(() => closeFd(theirs));
    return theirs;
  };
  try {
    const [stdin = 0, stdout = 1, stderr = 2] = entries.map(open);
    const piped = ours.some((fd) => fd !== undefined);
    return {
      descriptors: [stdin, stdout, stderr],
      ...(piped ? { ends: { stdin: ours[0], stdout: ours[1], stderr: ours[2] } } : {}),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    closeEnds({ stdin: ours[0], stdout: ours[1], stderr: ours[2] });
    throw error;
  }
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
