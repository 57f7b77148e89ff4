// The pseudo-terminal of a container or of a process in it.
import { setWindowSize } from '../../native/pump.ts';
import { windowSize } from './check.ts';

/**
 * A container's end of its terminal: the descriptor is the receiver's to read, write and close. One
 * that was never asked for closes with the container's deletion.
 */
export interface Terminal {
  readonly fd: number;
  /** In characters; the foreground process group gets SIGWINCH. */
  resize(columns: number, rows: number): void;
}

/** Undefined where there is no descriptor. */
export function terminalOf(fd: number | undefined): Terminal | undefined {
  return fd === undefined
    ? undefined
    : { fd, resize: (columns, rows) => setWindowSize(fd, ...windowSize(columns, rows)) };
}
