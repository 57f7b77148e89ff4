// DEFLATE: RFC 1951. Only decompressing, for /proc/config.gz.

/** How many codes have each length, and the symbols in the order of their codes. */
interface Codes {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

const LONGEST_CODE = 15;
const END_OF_BLOCK = 256;

/** Section 3.2.5: the first length or distance of each symbol, and its extra bits. */
const LENGTH_EXTRA = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
/** Section 3.2.7: the order of the lengths of the code for lengths. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The bytes, and the end of the compressed input. @throws Error if it is damaged or truncated */
export function inflate(
  input: Uint8Array,
  start: number,
): { readonly bytes: Uint8Array; readonly end: number } {
  const stream = new Inflating(input, start);
  while (!stream.block());
  return { bytes: stream.output(), end: stream.end };
}

class Inflating {
  readonly #input: Uint8Array;
  #at: number;
  /** Bits read and not used yet, lowest first. */
  #bits = 0;
  #bitCount = 0;
  #output = new Uint8Array(1 << 16);
  #length = 0;

  constructor(input: Uint8Array, start: number) {
    this.#input = input;
    this.#at = start;
  }

  get end(): number {
    return this.#at;
  }

  output(): Uint8Array {
    return this.#output.subarray(0, this.#length);
  }

  /** One block; true when it was the last. */
  block(): boolean {
    const last = this.#take(1) === 1;
    const kind = this.#take(2);
    if (kind === 0) this.#stored();
    else if (kind === 1) this.#coded(fixedLiterals(), codesOf(new Uint8Array(30).fill(5)));
    else if (kind === 2) this.#dynamic();
    else throw new Error('invalid block type');
    return last;
  }

  #byte(): number {
    const byte = this.#input[this.#at++];
    if (byte === undefined) throw new Error('unexpected end of file');
    return byte;
  }

  #take(count: number): number {
    while (this.#bitCount < count) {
      this.#bits |= this.#byte() << this.#bitCount;
      this.#bitCount += 8;
    }
    const taken = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return taken;
  }

  #put(byte: number): void {
    if (this.#length === this.#output.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#output);
      this.#output = larger;
    }
    this.#output[this.#length++] = byte;
  }

  #stored(): void {
    this.#bits = 0;
    this.#bitCount = 0;
    const length = this.#byte() | (this.#byte() << 8);
    const check = this.#byte() | (this.#byte() << 8);
    if (length !== (~check & 0xffff)) throw new Error('invalid stored block lengths');
    for (let left = length; left > 0; left--) this.#put(this.#byte());
  }

  /** Bit by bit: the first code of each length follows from the counts before it. */
  #symbol({ counts, symbols }: Codes): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code |= this.#take(1);
      const count = counts[length] ?? 0;
      if (code - count < first) return symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('invalid code');
  }

  #coded(literals: Codes, distances: Codes): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) this.#put(symbol);
      else this.#copy(symbol - END_OF_BLOCK - 1, distances);
    }
  }

  #copy(symbol: number, distances: Codes): void {
    const base = LENGTHS[symbol];
    if (base === undefined) throw new Error('invalid literal/length code');
    const length = base + this.#take(LENGTH_EXTRA[symbol] ?? 0);
    const far = this.#symbol(distances);
    const nearest = DISTANCES[far];
    if (nearest === undefined) throw new Error('invalid distance code');
    const distance = nearest + this.#take(Math.max(0, (far >> 1) - 1));
    if (distance > this.#length) throw new Error('invalid distance too far back');
    for (let left = length; left > 0; left--) this.#put(this.#output[this.#length - distance] ?? 0);
  }

  #dynamic(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    if (literals > 286 || distances > 30) throw new Error('too many length or distance symbols');
    const ofLengths = new Uint8Array(19);
    for (const place of ORDER.slice(0, count)) ofLengths[place] = this.#take(3);
    const lengths = this.#lengths(codesOf(ofLengths), literals + distances);
    if (lengths[END_OF_BLOCK] === 0) throw new Error('invalid code -- missing end-of-block');
    this.#coded(codesOf(lengths.subarray(0, literals)), codesOf(lengths.subarray(literals)));
  }

  #lengths(codes: Codes, total: number): Uint8Array {
    const lengths = new Uint8Array(total);
    for (let at = 0; at < total; ) {
      const symbol = this.#symbol(codes);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) throw new Error('invalid bit length repeat');
      const value = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
      const times =
        symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + times > total) throw new Error('invalid bit length repeat');
      lengths.fill(value, at, at + times);
      at += times;
    }
    return lengths;
  }
}

/** Section 3.2.2. @throws Error when there are more codes than bits can tell apart */
function codesOf(lengths: Uint8Array): Codes {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  let left = 1;
  const offsets = new Uint16Array(LONGEST_CODE + 2);
  for (let length = 1; length <= LONGEST_CODE; length++) {
    const count = counts[length] ?? 0;
    left = left * 2 - count;
    if (left < 0) throw new Error('invalid code lengths set');
    offsets[length + 1] = (offsets[length] ?? 0) + count;
  }
  const symbols = new Uint16Array(lengths.length);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const place = offsets[length] ?? 0;
    symbols[place] = symbol;
    offsets[length] = place + 1;
  }
  return { counts, symbols };
}

/** Section 3.2.6. */
function fixedLiterals(): Codes {
  return codesOf(
    new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280),
  );
}
