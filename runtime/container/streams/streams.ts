// The streams of a command that goes on while the program does.
import type { Readable, Writable } from 'node:stream';
import type { Child } from '../../execute/spawn/child.ts';
import { OwnedStreams } from './pipes.ts';
import type { IfPiped, PipeEnds, StdioOption } from './stdio.ts';

/** Undefined where `stdio` has no pipe. */
export interface Streams<S extends StdioOption = StdioOption> {
  /** What the command reads. It is destroyed when the command has ended. */
  readonly stdin: IfPiped<S, 0, Writable>;
  /**
   * What the command writes, as bytes. What is not read makes the command wait once pipe and stream
   * are full (some 192 KiB), unless the program waits for its end: see `wait`.
   */
  readonly stdout: IfPiped<S, 1, Readable>;
  readonly stderr: IfPiped<S, 2, Readable>;
}

/**
 * The descriptors are the streams' from now on. Of the child the end is waited for only when there
 * are some: the event loop stays alive for that.
 */
export function ownedStreams(
  ends: PipeEnds | undefined,
  child: Pick<Child, 'exit'>,
): OwnedStreams | undefined {
  return ends && new OwnedStreams(ends, child.exit);
}
