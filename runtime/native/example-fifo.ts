// Both ends of a fifo, for the unit tests of what writes to a pipe.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `writer` blocks, `read` does not: it takes what is there. The writing end is closed, and the
 * fifo removed, by the function that `atEnd` gets.
 */
export function openFifo(atEnd: (release: () => void) => void) {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-fifo-'));
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  atEnd(() => {
    closeSync(writer);
    rmSync(directory, { recursive: true });
  });
  const buffer = Buffer.alloc(1 << 20);
  const read = () => {
    try {
      return buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch {
      return '';
    }
  };
  return { reader, writer, read };
}
