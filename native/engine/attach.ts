// Attaches a snapshot of the heap to the executable: attach.ts BARE FIRST SECOND OUT. BARE was run
// twice and wrote FIRST and SECOND; see snapshot.h. The segment replaces the heap's empty region.
import { readFileSync, writeFileSync } from 'node:fs';

interface Dump {
  /** Where the image was mapped. */
  readonly base: bigint;
  /** The region's distance from that, and its size, in bytes. */
  readonly place: bigint;
  readonly size: bigint;
  readonly words: BigUint64Array;
}

const WORD = 8;
const ABOUT_WORDS = 4;
/** Fields of `Attached` in heap.h, as words of the region. */
const SLOTS_FIELD = 0;
const SUM_FIELD = 1;

function readDump(file: string): Dump {
  const bytes = readFileSync(file);
  const all = new BigUint64Array(new Uint8Array(bytes).buffer);
  const [base = 0n, place = 0n, size = 0n, used = 0n] = all;
  const words = all.slice(ABOUT_WORDS);
  if (BigInt(words.length * WORD) !== used) throw new Error(`${file} is not a whole dump`);
  return { base, place, size, words };
}

/**
 * The heap with its pointers relative to the image, and a bit for each word that is one.
 *
 * @throws Error where the runs differ in anything else: the heap depends on more than the sources
 */
export function relocatable(
  first: Pick<Dump, 'base' | 'words'>,
  second: Pick<Dump, 'base' | 'words'>,
): { readonly words: BigUint64Array; readonly slots: BigUint64Array } {
  const distance = second.base - first.base;
  if (distance === 0n) throw new Error('both runs were mapped at the same address');
  if (first.words.length !== second.words.length) throw new Error('the runs differ in size');
  const words = first.words.slice();
  const slots = new BigUint64Array(Math.ceil(words.length / 64));
  const wrong: number[] = [];
  for (const [at, word] of first.words.entries()) {
    const other = second.words[at] ?? 0n;
    if (word === other) continue;
    if (other - word !== distance) wrong.push(at);
    words[at] = word - first.base;
    const group = Math.floor(at / 64);
    slots[group] = (slots[group] ?? 0n) | (1n << BigInt(at % 64));
  }
  if (wrong.length > 0) {
    const list = wrong.slice(0, 8).map((at) => `0x${(at * WORD).toString(16)}`);
    throw new Error(`${wrong.length} words differ from run to run, at ${list.join(', ')}`);
  }
  return { words, slots };
}

const MASK = (1n << 64n) - 1n;
const LANES = 4;

/** As snapshot.cc computes it. */
export function checksum(...parts: readonly BigUint64Array[]): bigint {
  const low = new BigUint64Array(LANES);
  const high = new BigUint64Array(LANES);
  const step = (lane: number, word: bigint) => {
    low[lane] = (low[lane] ?? 0n) + word;
    high[lane] = (high[lane] ?? 0n) + (low[lane] ?? 0n);
  };
  for (const words of parts) {
    const whole = words.length - (words.length % LANES);
    for (const [at, word] of words.entries()) step(at < whole ? at % LANES : 0, word);
  }
  let result = 0n;
  for (let lane = 0; lane < LANES; lane++)
    result = ((result ^ (low[lane] ?? 0n)) * 0x9e3779b97f4a7c15n + (high[lane] ?? 0n)) & MASK;
  return result;
}

/** elf(5): a program header, 64 bits. */
interface Segment {
  type: number;
  flags: number;
  offset: bigint;
  address: bigint;
  fileSize: bigint;
  memorySize: bigint;
  align: bigint;
}

const PT_LOAD = 1;
const PT_NOTE = 4;
const PF_W = 2;
const PF_R = 4;
const HEADER_SIZE = 56;

function readSegments(elf: Buffer): Segment[] {
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

/** The executable with the snapshot of these two runs. @throws Error where that cannot be */
export function attach(bare: Buffer, first: Dump, second: Dump): Buffer {
  const { words, slots } = relocatable(first, second);
  const segments = readSegments(bare);
  const data = segments.findLast(({ type }) => type === PT_LOAD);
  if (data === undefined || data.address + data.memorySize < first.place + first.size)
    throw new Error('the heap is not in the last segment');
  const { align } = data;
  if (first.place % align !== 0n) throw new Error('the heap does not begin with a page');
  const end = data.address + data.memorySize;
  const heap: Segment = {
    type: PT_LOAD,
    flags: PF_R | PF_W,
    offset: aligned(BigInt(bare.length), align),
    address: first.place,
    fileSize: BigInt(words.byteLength),
    memorySize: end - first.place,
    align,
  };
  const table: Segment = {
    type: PT_LOAD,
    flags: PF_R,
    offset: aligned(heap.offset + heap.fileSize, align),
    address: aligned(end, align),
    fileSize: BigInt(slots.byteLength),
    memorySize: BigInt(slots.byteLength),
    align,
  };
  data.memorySize = first.place - data.address;
  words[SLOTS_FIELD] = table.address;
  words[SUM_FIELD] = 0n;
  words[SUM_FIELD] = checksum(words, slots);
  const out = Buffer.alloc(Number(table.offset + table.fileSize));
  bare.copy(out);
  bytesOf(words).copy(out, Number(heap.offset));
  bytesOf(slots).copy(out, Number(table.offset));
  writeSegments(out, withSegments(segments, data, [heap, table]));
  return out;
}

/** In place of two notes, which nothing needs: the table cannot grow. */
function withSegments(
  segments: readonly Segment[],
  last: Segment,
  added: readonly Segment[],
): Segment[] {
  const notes = segments.filter(({ type }) => type === PT_NOTE).slice(0, added.length);
  if (notes.length < added.length) throw new Error('the executable has too few notes');
  const kept = segments.filter((segment) => !notes.includes(segment));
  kept.splice(kept.indexOf(last) + 1, 0, ...added);
  return kept;
}

if (import.meta.main) {
  const [bare = '', first = '', second = '', out = ''] = process.argv.slice(2);
  writeFileSync(out, attach(readFileSync(bare), readDump(first), readDump(second)), {
    mode: 0o755,
  });
}
