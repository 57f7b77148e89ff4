// Paths, arguments and environment are bytes to the kernel and text to us: one encoding for both
// ways, and how it is shown. A byte that is not part of valid UTF-8 becomes one lone surrogate,
// U+DC80 to U+DCFF (Python's surrogateescape, PEP 383).

const ESCAPE = 0xdc00;
/** UTF-8 has at most so many bytes for a unit of UTF-16. */
export const MOST_UTF8_BYTES = 3;

/** A path, an argument, a variable: text, or bytes that need not be text. */
export type TextOrBytes = string | Uint8Array;

export function textOf(value: TextOrBytes): string {
  return typeof value === 'string' ? value : decodeBytes(value);
}

/**
 * Text for any bytes: UTF-8 where it is valid (Unicode, table 3-7), U+DC00 + byte for each byte
 * that is not. Exact: `encodeBytes` gives the same bytes back. JSON carries such text (`\udce9`);
 * console.log and Buffer.from do not.
 */
export function decodeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  // Node puts U+FFFD where bytes are no UTF-8; it may also really be there.
  return text.includes('\ufffd') ? decodeEach(buffer) : text;
}

function decodeEach(bytes: Buffer): string {
  let text = '';
  let valid = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    at += length || 1;
    if (length > 0) continue;
    const byte = bytes[at - 1] ?? 0;
    text += bytes.toString('utf8', valid, at - 1) + String.fromCharCode(ESCAPE + byte);
    valid = at;
  }
  return text + bytes.toString('utf8', valid);
}

/**
 * Bytes of the character that begins at `at`; 0 when none does: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const low = { 224: 0xa0, 240: 0x90 }[first] ?? 0x80;
  const high = { 237: 0x9f, 244: 0x8f }[first] ?? 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let next = at + 2; next < at + length; next++)
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/**
 * A lone surrogate that stands for a byte; in `u` mode a pair is one character and does not match.
 */
const ESCAPED = /[\udc80-\udcff]/gu;

/**
 * The bytes of a text, as `decodeBytes` made it. Half a character that stands for no byte is
 * encoded like any other code point (WTF-8): nothing is ever replaced. `isBytes` tells whether a
 * text has such halves.
 */
export function encodeBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts: Buffer[] = [];
  let from = 0;
  for (const { index } of text.matchAll(/[\ud800-\udfff]/gu)) {
    parts.push(Buffer.from(text.slice(from, index)), surrogateBytes(text.charCodeAt(index)));
    from = index + 1;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from))]);
}

function surrogateBytes(code: number): Buffer {
  if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) return Buffer.of(code - ESCAPE);
  return Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

/** Whether a text stands for bytes: no half character but those that stand for one. */
export function isBytes(text: string): boolean {
  return text.isWellFormed() || text.replace(ESCAPED, '').isWellFormed();
}

/** How many bytes the text is to the kernel. */
export function byteLength(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : encodeBytes(text).length;
}

/** A path for `node:fs`, which takes text only as UTF-8. */
export function pathOf(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeBytes(path);
}

/**
 * For messages: bytes that are no text as `\xe9`, other half characters as `\ud83d`, everything
 * else as it is.
 */
export function legible(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\ud800-\udfff]/gu, escaped);
}

/**
 * Control characters, C1 and bidirectional overrides included, as `\x1b`: process names and paths
 * are the container's to choose.
 */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu,
    escaped,
  );
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const byte = code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff ? code - ESCAPE : code;
  return byte < 256
    ? `\\x${byte.toString(16).padStart(2, '0')}`
    : `\\u${byte.toString(16).padStart(4, '0')}`;
}

/** JSON for people: bytes that are no text are in it as `"r\xe9sum\xe9"`. */
export function quoted(value: unknown): string {
  return JSON.stringify(value).replace(/\\(?:udc([89a-f][0-9a-f])|.)/g, (all, byte?: string) =>
    byte === undefined ? all : `\\x${byte}`,
  );
}
