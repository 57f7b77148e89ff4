// Two heaps become one snapshot, or are refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksum, relocatable } from './attach.ts';

const FIRST = { image: 0x7f00_0000_0000n, heap: 0x7e00_0020_0000n };
const SECOND = { image: 0x7f12_3450_0000n, heap: 0x7e98_7640_0000n };

type Word = readonly ['plain' | 'heap' | 'image', bigint];

/** The same heap in two runs. */
function runs(words: readonly Word[]) {
  const dump = (base: typeof FIRST) => ({
    ...base,
    words: BigUint64Array.from(words, ([kind, value]) =>
      kind === 'plain' ? value : base[kind] + value,
    ),
  });
  return [dump(FIRST), dump(SECOND)] as const;
}

const word = fc.tuple(
  fc.constantFrom('plain', 'heap', 'image'),
  fc.bigInt({ min: 0n, max: 0x40_0000n }),
);

test('a start gets the same heap, wherever it is mapped', () => {
  const third = { image: 0x5555_0000_0000n, heap: 0x7fff_0060_0000n };
  const same = (words: Word[]) => {
    const { words: kept, bitmap, toImage } = relocatable(...runs(words));
    const made = kept.map((value, at) => {
      const inHeap = ((bitmap[Math.floor(at / 64)] ?? 0n) >> BigInt(at % 64)) & 1n;
      return value + inHeap * third.heap + (toImage.includes(BigInt(at)) ? third.image : 0n);
    });
    expect([...made]).toEqual(
      words.map(([kind, value]) => (kind === 'plain' ? value : third[kind] + value)),
    );
  };
  fc.assert(fc.property(fc.array(word, { maxLength: 200 }), same));
});

test('a heap that depends on more than the sources is refused', () => {
  const [first, second] = runs([
    ['plain', 1n],
    ['heap', 2n],
  ]);
  second.words[0] = 3n;
  expect(() => relocatable(first, second)).toThrow('1 words differ from run to run, at 0x0');
  expect(() => relocatable(first, first)).toThrow('the same addresses');
  const longer = { ...second, words: new BigUint64Array(3) };
  expect(() => relocatable(first, longer)).toThrow('differ in size');
});

test('a changed word changes the checksum', () => {
  const changed = (words: bigint[], at: number, value: bigint) => {
    fc.pre(words.length > 0);
    const other = words.with(at % words.length, value);
    fc.pre(other.join() !== words.join());
    const sum = (list: bigint[]) => checksum(BigUint64Array.from(list));
    expect(sum(other)).not.toBe(sum(words));
  };
  const value = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(fc.property(fc.array(value, { maxLength: 300 }), fc.nat(), value, changed));
});

test('each single bit changes the checksum', () => {
  const flipped = (words: bigint[], at: number) => {
    fc.pre(words.length > 0);
    const place = at % words.length;
    const sum = checksum(BigUint64Array.from(words));
    for (let bit = 0n; bit < 64n; bit++) {
      const other = words.with(place, (words[place] ?? 0n) ^ (1n << bit));
      expect(checksum(BigUint64Array.from(other)), `word ${place}, bit ${bit}`).not.toBe(sum);
    }
  };
  const value = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(fc.property(fc.array(value, { maxLength: 300 }), fc.nat(), flipped));
});
