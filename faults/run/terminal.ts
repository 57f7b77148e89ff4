// The outer end of a pseudo terminal: reads all output until the other end is closed.

import { setTimeout as delay } from 'node:timers/promises';
import { ReadStream } from 'node:tty';

/** Timeout for the last writer: a detached container may keep the terminal. */
const SETTLED_MS = 300;

/** Starts to read. The returned function resolves with the text and closes the terminal. */
export function readAll(master: number): () => Promise<string> {
  const stream = new ReadStream(master);
  const chunks: Buffer[] = [];
  // EIO: the last process has closed its end.
  const closed = new Promise<void>((resolve) => {
    stream.on('error', () => resolve());
    stream.on('end', () => resolve());
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return async () => {
    await Promise.race([closed, delay(SETTLED_MS)]);
    stream.destroy();
    return Buffer.concat(chunks).toString('utf8');
  };
}
