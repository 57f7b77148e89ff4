// The used part of Buffer: node:buffer. Its memory is never pooled.
import { nodeError, outOfRange } from './errors.ts';
import { host } from './host.ts';

type Encoding = 'utf8' | 'utf-8' | 'latin1' | 'hex';

/** Uint8Array's own method, which makes an instance of the subclass: Symbol.species. */
export interface Buffer {
  subarray(from?: number, to?: number): Buffer;
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: a method would be one more call
export class Buffer extends Uint8Array {
  static alloc(size: number): Buffer {
    return new Buffer(size);
  }

  static allocUnsafeSlow(size: number): Buffer {
    return new Buffer(size);
  }

  /** Text in an encoding; a view of `length` bytes of an ArrayBuffer; a copy of bytes. */
  static override from(
    value: string | ArrayBufferLike | ArrayLike<number> | Iterable<number>,
    encodingOrOffset?: unknown,
    length?: number,
  ): Buffer {
    if (typeof value === 'string')
      return encodingOrOffset === 'latin1' ? fromLatin1(value) : owned(host.text.encodeUtf8(value));
    if (value instanceof ArrayBuffer)
      return view(value, typeof encodingOrOffset === 'number' ? encodingOrOffset : 0, length);
    const bytes = 'length' in value ? value : Array.from(value as Iterable<number>);
    const buffer = new Buffer(bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  static override of(...bytes: number[]): Buffer {
    return Buffer.from(bytes);
  }

  /** `total`: bytes of the result, cut off or filled with zeros. */
  static concat(list: readonly Uint8Array[], total?: number): Buffer {
    if (list.length === 0) return new Buffer(0);
    const length = total ?? list.reduce((sum, bytes) => sum + bytes.length, 0);
    const buffer = new Buffer(length);
    let end = 0;
    for (const bytes of list) {
      if (end + bytes.length > length) {
        buffer.set(bytes.subarray(0, length - end), end);
        break;
      }
      buffer.set(bytes, end);
      end += bytes.length;
    }
    return buffer;
  }

  static byteLength(text: string): number {
    return host.text.utf8Length(text);
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  override toString(encoding: Encoding = 'utf8', from = 0, to = this.length): string {
    const start = Math.max(0, from);
    const end = Math.min(to, this.length);
    if (end <= start) return '';
    if (encoding === 'latin1') return host.text.decodeLatin1(this, start, end);
    if (encoding === 'hex') return hex(this.subarray(start, end));
    return host.text.decodeUtf8(this, start, end);
  }

  /** Writes as many whole characters as fit; returns their number of bytes. */
  write(text: string, offset = 0, encoding: 'utf8' | 'latin1' = 'utf8'): number {
    if (offset < 0 || offset > this.length)
      throw outOfRange('offset', `>= 0 && <= ${this.length}`, offset);
    if (encoding === 'utf8') return host.text.writeUtf8(text, this, offset);
    const length = Math.min(text.length, this.length - offset);
    for (let at = 0; at < length; at++) this[offset + at] = text.charCodeAt(at);
    return length;
  }

  /** Copies as much as fits to the beginning of `target`. */
  copy(target: Uint8Array): number {
    const bytes = this.length > target.length ? this.subarray(0, target.length) : this;
    target.set(bytes);
    return bytes.length;
  }

  override indexOf(value: number | string, from?: number): number {
    return typeof value === 'number' ? super.indexOf(value, from) : find(this, value);
  }

  override includes(value: number | string, from?: number): boolean {
    return this.indexOf(value, from) >= 0;
  }

  readUInt8(offset = 0): number {
    return this[checked(this, offset, 1)] ?? 0;
  }

  readInt32LE(offset = 0): number {
    const at = checked(this, offset, 4);
    const low = (this[at] ?? 0) | ((this[at + 1] ?? 0) << 8);
    return low | ((this[at + 2] ?? 0) << 16) | ((this[at + 3] ?? 0) << 24);
  }

  readUInt32LE(offset = 0): number {
    return this.readInt32LE(offset) >>> 0;
  }

  readBigUInt64LE(offset = 0): bigint {
    const at = checked(this, offset, 8);
    return new DataView(this.buffer, this.byteOffset + at, 8).getBigUint64(0, true);
  }

  writeUInt8(value: number, offset = 0): number {
    return put(this, value, offset, 1, 0, 0xff);
  }

  writeInt16LE(value: number, offset = 0): number {
    return put(this, value, offset, 2, -0x8000, 0x7fff);
  }

  writeInt32LE(value: number, offset = 0): number {
    return put(this, value, offset, 4, -0x80000000, 0x7fffffff);
  }

  writeUInt32LE(value: number, offset = 0): number {
    return put(this, value, offset, 4, 0, 0xffffffff);
  }

  writeBigUInt64LE(value: bigint, offset = 0): number {
    if (value < 0n || value >= 2n ** 64n) throw outOfRange('value', '>= 0n and < 2n ** 64n', value);
    const at = checked(this, offset, 8);
    new DataView(this.buffer, this.byteOffset + at, 8).setBigUint64(0, value, true);
    return at + 8;
  }
}

/** New bytes of the host as a Buffer, without a copy. */
export function owned(bytes: Uint8Array): Buffer {
  const buffer: Buffer = Object.setPrototypeOf(bytes, Buffer.prototype);
  return buffer;
}

function view(memory: ArrayBuffer, offset: number, length: number | undefined): Buffer {
  const outside = (name: string) =>
    nodeError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', `"${name}" is outside of buffer bounds`);
  if (offset > memory.byteLength) throw outside('offset');
  if (length !== undefined && length > memory.byteLength - offset) throw outside('length');
  return new Buffer(memory, offset, length);
}

function fromLatin1(text: string): Buffer {
  const buffer = new Buffer(text.length);
  for (let at = 0; at < text.length; at++) buffer[at] = text.charCodeAt(at);
  return buffer;
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** Index of the text, by a plain search: searched texts are short. */
function find(bytes: Uint8Array, text: string): number {
  const wanted = host.text.encodeUtf8(text);
  const first = wanted[0];
  if (first === undefined) return 0;
  const last = bytes.length - wanted.length;
  const indexOf = Uint8Array.prototype.indexOf;
  for (let at = indexOf.call(bytes, first); at >= 0; at = indexOf.call(bytes, first, at + 1)) {
    if (at > last) return -1;
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** `offset`, if that many bytes follow it. @throws Node's RangeError */
function checked(bytes: Uint8Array, offset: number, size: number): number {
  const last = bytes.length - size;
  if (offset >= 0 && offset <= last && Number.isInteger(offset)) return offset;
  if (!Number.isInteger(offset)) throw outOfRange('offset', 'an integer', offset);
  if (last < 0)
    throw nodeError(
      RangeError,
      'ERR_BUFFER_OUT_OF_BOUNDS',
      'Attempt to access memory outside buffer bounds',
    );
  throw outOfRange('offset', `>= 0 and <= ${last}`, offset);
}

function put(
  bytes: Uint8Array,
  value: number,
  offset: number,
  size: number,
  least: number,
  most: number,
): number {
  if (value < least || value > most) throw outOfRange('value', `>= ${least} and <= ${most}`, value);
  const at = checked(bytes, offset, size);
  for (let index = 0; index < size; index++) bytes[at + index] = value >> (8 * index);
  return at + size;
}
