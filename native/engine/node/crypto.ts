// The used part of node:crypto.
import { Buffer } from './buffer.ts';
import { host } from './host.ts';

/** From getrandom(2), never from the engine's own generator: its seed is in the snapshot. */
export function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  host.process.random(bytes);
  return bytes;
}
