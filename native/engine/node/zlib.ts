// The used part of node:zlib: gzip, RFC 1952.
import { type Buffer, owned } from './buffer.ts';
import { nodeError } from './errors.ts';
import { inflate } from './inflate.ts';

const HEAD = 10;
const DEFLATE = 8;
const FLAGS = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;

/** Unpacks one member. @throws Error with Node's code and a message like zlib's */
export function gunzipSync(input: Uint8Array): Buffer {
  try {
    const { bytes, end } = inflate(input, bodyOf(input));
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    if (end + 8 > input.length) throw new Error('unexpected end of file');
    if (view.getUint32(end, true) !== crc32(bytes)) throw new Error('incorrect data check');
    if (view.getUint32(end + 4, true) !== bytes.length) throw new Error('incorrect length check');
    return owned(bytes);
  } catch (error) {
    throw nodeError(Error, 'Z_DATA_ERROR', error instanceof Error ? error.message : String(error));
  }
}

/** Where the compressed bytes begin. */
function bodyOf(input: Uint8Array): number {
  const [first, second, method, flags = 0] = input;
  if (first !== 0x1f || second !== 0x8b) throw new Error('incorrect header check');
  if (method !== DEFLATE) throw new Error('unknown compression method');
  if (flags > 0x1f) throw new Error('unknown header flags set');
  let at = HEAD;
  if (flags & FLAGS.extra) at += 2 + ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8));
  for (const text of [FLAGS.name, FLAGS.comment]) if (flags & text) at = input.indexOf(0, at) + 1;
  return flags & FLAGS.headerCrc ? at + 2 : at;
}

/** Section 8. */
function crc32(bytes: Uint8Array): number {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    table[index] = value;
  }
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
