// What a detached container wrote to its standard output and error.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from '../bytes.ts';
import { StateError } from '../errors.ts';

const PAUSE_MS = 50;

/** Yields what is there, and while `more` says so what comes. @throws StateError for a container without a log. */
export async function* followLog(file: string, more: () => boolean): AsyncGenerator<string> {
  let fd: number;
  try {
    fd = openSync(pathOf(file), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    throw new StateError('there is no log', {
      hint: 'only a detached container has one; others write to where they were started',
    });
  }
  try {
    const decoder = new TextDecoder();
    const buffer = Buffer.alloc(65536);
    for (;;) {
      // Asked before reading: what was written before the end is then seen by the read that follows.
      const goOn = more();
      for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
        yield decoder.decode(buffer.subarray(0, length), { stream: true });
      }
      if (!goOn) return;
      await delay(PAUSE_MS);
    }
  } finally {
    closeSync(fd);
  }
}
