// D-Bus values as bytes: D-Bus specification, "Marshaling". Little-endian; every value begins at a
// multiple of its own alignment, counted from the message's first byte. Pure.

import { decodeBytes } from '../base/bytes.ts';

/** What our messages consist of, by the specification's type codes. */
export type Value =
  | { readonly type: 's' | 'o' | 'g'; readonly value: string }
  | { readonly type: 'u'; readonly value: number }
  | { readonly type: 't'; readonly value: bigint }
  | { readonly type: 'b'; readonly value: boolean }
  | { readonly type: 'au'; readonly value: readonly number[] }
  /** Name and variant each. */
  | { readonly type: 'a(sv)'; readonly value: readonly Property[] }
  /** Other units and their properties: always empty here. */
  | { readonly type: 'a(sa(sv))' };

/** A property of a unit. */
export interface Property {
  readonly name: string;
  readonly value: Value;
}

/** Alignment in bytes: of arrays that of their length, of structures 8. */
const ALIGNMENT: Readonly<Record<Value['type'], number>> = {
  s: 4,
  o: 4,
  g: 1,
  u: 4,
  t: 8,
  b: 4,
  au: 4,
  'a(sv)': 4,
  'a(sa(sv))': 4,
};

export class Writer {
  #bytes = Buffer.alloc(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  align(to: number): this {
    return this.#put(Buffer.alloc((to - (this.#length % to)) % to));
  }

  byte(value: number): this {
    return this.#put(Uint8Array.of(value));
  }

  uint32(value: number): this {
    this.align(4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.#put(bytes);
  }

  string(value: string): this {
    return this.uint32(Buffer.byteLength(value)).#put(Buffer.from(`${value}\0`));
  }

  /** Its length is one byte. */
  signature(value: string): this {
    return this.byte(value.length).#put(Buffer.from(`${value}\0`));
  }

  variant(value: Value): this {
    return this.signature(value.type).value(value);
  }

  value(value: Value): this {
    this.align(ALIGNMENT[value.type]);
    switch (value.type) {
      case 's':
      case 'o':
        return this.string(value.value);
      case 'g':
        return this.signature(value.value);
      case 'u':
        return this.uint32(value.value);
      case 'b':
        return this.uint32(value.value ? 1 : 0);
      case 't': {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value.value);
        return this.#put(bytes);
      }
      case 'au':
        return this.array(4, () => {
          for (const one of value.value) this.uint32(one);
        });
      case 'a(sv)':
        return this.array(8, () => {
          for (const { name, value: property } of value.value)
            this.align(8).string(name).variant(property);
        });
      case 'a(sa(sv))':
        return this.array(8, () => {});
    }
  }

  /** The length counts from the first element: padding before it does not belong to it. */
  array(alignment: number, elements: () => void): this {
    this.uint32(0);
    const place = this.#length - 4;
    this.align(alignment);
    const start = this.#length;
    elements();
    this.#bytes.writeUInt32LE(this.#length - start, place);
    return this;
  }

  #put(more: Uint8Array): this {
    const needed = this.#length + more.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(needed * 2);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(more, this.#length);
    this.#length = needed;
    return this;
  }
}

/** Of a message that does not say what it must. */
export class Malformed extends Error {
  override name = 'Malformed';
}

/** Reads one value after the other. Every read throws Malformed beyond the end. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  align(to: number): this {
    this.#at = Math.ceil(this.#at / to) * to;
    return this;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.align(4).#take(4).readUInt32LE();
  }

  string(): string {
    const length = this.uint32();
    const text = decodeBytes(this.#take(length));
    this.#take(1);
    return text;
  }

  signature(): string {
    const length = this.byte();
    const text = this.#take(length).toString('latin1');
    this.#take(1);
    return text;
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    if (taken.length < count) throw new Malformed(`a message ends within ${count} bytes`);
    this.#at += count;
    return taken;
  }
}
