// Attaches a snapshot of the heap to the executable: attach.ts BARE FIRST SECOND OUT. BARE was run
// twice and wrote FIRST and SECOND; see snapshot.h.
import { readFileSync, writeFileSync } from 'node:fs';

export interface Dump {
  /** Addresses of the image and of the heap. */
  readonly image: bigint;
  readonly heap: bigint;
  readonly words: BigUint64Array;
}

export interface Snapshot {
  /** Pointers are offsets into the heap or the image. */
  readonly words: BigUint64Array;
  /** A bit for each word that is a pointer into the heap. */
  readonly bitmap: BigUint64Array;
  /** Indices of words that are pointers into the image. */
  readonly toImage: BigUint64Array;
}

const WORD = 8;
const GROUP = 64;
const ABOUT_WORDS = 2;

function readDump(file: string): Dump {
  const bytes = readFileSync(file);
  const all = new BigUint64Array(new Uint8Array(bytes).buffer);
  const [image = 0n, heap = 0n] = all;
  return { image, heap, words: all.slice(ABOUT_WORDS) };
}

/**
 * The position-independent heap.
 *
 * @throws Error if the runs differ in anything but addresses: the heap depends on more than the
 *   sources
 */
export function relocatable(first: Dump, second: Dump): Snapshot {
  const [heapMoved, imageMoved] = [second.heap - first.heap, second.image - first.image];
  if (heapMoved === 0n || imageMoved === 0n || heapMoved === imageMoved)
    throw new Error('both runs were mapped at the same addresses');
  if (first.words.length !== second.words.length) throw new Error('the runs differ in size');
  const words = first.words.slice();
  const bitmap = new BigUint64Array(Math.ceil(words.length / GROUP));
  const toImage: number[] = [];
  const wrong: number[] = [];
  for (const [at, word] of first.words.entries()) {
    const moved = (second.words[at] ?? 0n) - word;
    if (moved === 0n) continue;
    if (moved === heapMoved) {
      words[at] = word - first.heap;
      const group = Math.floor(at / GROUP);
      bitmap[group] = (bitmap[group] ?? 0n) | (1n << BigInt(at % GROUP));
    } else if (moved === imageMoved) {
      words[at] = word - first.image;
      toImage.push(at);
    } else wrong.push(at);
  }
  if (wrong.length > 0) {
    const list = wrong.slice(0, 8).map((at) => `0x${(at * WORD).toString(16)}`);
    throw new Error(`${wrong.length} words differ from run to run, at ${list.join(', ')}`);
  }
  return { words, bitmap, toImage: BigUint64Array.from(toImage, BigInt) };
}

const MASK = (1n << 64n) - 1n;
const LANES = 8;

/** The checksum of `Sum` in snapshot.cc; each part begins a group. */
export function checksum(...parts: readonly BigUint64Array[]): bigint {
  const low = new BigUint64Array(LANES);
  const high = new BigUint64Array(LANES);
  for (const words of parts)
    for (let at = 0; at < words.length; at += GROUP) {
      for (const [index, word] of words.subarray(at, at + GROUP).entries())
        low[index % LANES] = (low[index % LANES] ?? 0n) + word;
      for (const [lane, sum] of low.entries()) high[lane] = (high[lane] ?? 0n) + sum;
    }
  let result = 0n;
  for (const [lane, sum] of low.entries()) result = mixed(mixed(result ^ sum) ^ (high[lane] ?? 0n));
  return result;
}

function mixed(value: bigint): bigint {
  const product = (value * 0x9e3779b97f4a7c15n) & MASK;
  return product ^ (product >> 32n);
}

/** elf(5): a program header, 64 bits. */
export interface Segment {
  type: number;
  flags: number;
  offset: bigint;
  address: bigint;
  fileSize: bigint;
  memorySize: bigint;
  align: bigint;
}

export const PT_LOAD = 1;
const PT_NOTE = 4;
const PF_R = 4;
const HEADER_SIZE = 56;

export function readSegments(elf: Buffer): Segment[] {
  const start = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const at = start + index * HEADER_SIZE;
    const [offset = 0n, address = 0n, , fileSize = 0n, memorySize = 0n, align = 0n] = Array.from(
      { length: 6 },
      (__, field) => elf.readBigUInt64LE(at + 8 + field * WORD),
    );
    const [type, flags] = [elf.readUInt32LE(at), elf.readUInt32LE(at + 4)];
    return { type, flags, offset, address, fileSize, memorySize, align };
  });
}

function writeSegments(elf: Buffer, segments: readonly Segment[]): void {
  const start = Number(elf.readBigUInt64LE(32));
  for (const [index, { type, flags, ...sizes }] of segments.entries()) {
    const at = start + index * HEADER_SIZE;
    const { offset, address, fileSize, memorySize, align } = sizes;
    elf.writeUInt32LE(type, at);
    elf.writeUInt32LE(flags, at + 4);
    for (const [field, value] of [offset, address, address, fileSize, memorySize, align].entries())
      elf.writeBigUInt64LE(value, at + 8 + field * WORD);
  }
}

function aligned(value: bigint, align: bigint): bigint {
  return ((value + align - 1n) / align) * align;
}

function bytesOf(words: BigUint64Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** The mark of `Attached` in snapshot.cc; place, size, heap and sum follow. */
const MARK = Buffer.from(BigUint64Array.of(0x6e53206d75697261n, 0x746f6873706172ffn).buffer);

/** The executable with the snapshot of these two runs. @throws Error without its mark */
export function attach(bare: Buffer, first: Dump, second: Dump): Buffer {
  const { words, bitmap, toImage } = relocatable(first, second);
  const tables = new BigUint64Array([...bitmap, ...toImage]);
  const segments = readSegments(bare);
  const last = segments.findLast(({ type }) => type === PT_LOAD);
  if (last === undefined) throw new Error('the executable has no segments');
  const { align } = last;
  const size = BigInt(words.byteLength + tables.byteLength);
  const added: Segment = {
    type: PT_LOAD,
    flags: PF_R,
    offset: aligned(BigInt(bare.length), align),
    address: aligned(last.address + last.memorySize, align),
    fileSize: size,
    memorySize: size,
    align,
  };
  const out = Buffer.alloc(Number(added.offset + size));
  bare.copy(out);
  bytesOf(words).copy(out, Number(added.offset));
  bytesOf(tables).copy(out, Number(added.offset) + words.byteLength);
  const at = bare.indexOf(MARK);
  if (at < 0 || bare.includes(MARK, at + 1)) throw new Error('the mark is not there once');
  const fields = [added.address, size, BigInt(words.byteLength), checksum(words, tables)];
  for (const [index, field] of fields.entries())
    out.writeBigUInt64LE(field, at + MARK.length + index * WORD);
  writeSegments(out, withSegment(segments, last, added));
  return out;
}

/** Replaces an unused note segment: the table cannot grow. */
function withSegment(segments: readonly Segment[], last: Segment, added: Segment): Segment[] {
  const note = segments.find(({ type }) => type === PT_NOTE);
  if (note === undefined) throw new Error('the executable has no note');
  const kept = segments.filter((segment) => segment !== note);
  return kept.toSpliced(kept.indexOf(last) + 1, 0, added);
}

if (import.meta.main) {
  const [bare = '', first = '', second = '', out = ''] = process.argv.slice(2);
  writeFileSync(out, attach(readFileSync(bare), readDump(first), readDump(second)), {
    mode: 0o755,
  });
}
