import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCpus, parseCpuset } from '../options/cpu.ts';
import { MEMORY_MINIMUM_BYTES, parseMemory, parseMemorySwap } from '../options/memory.ts';
import { parsePidsLimit } from '../options/pids.ts';
import { formatSize, parseSize, parseWhole } from './units.ts';

const GIB = 2 ** 30;
const value = <T>(parsed: { value: T } | { problem: string }) =>
  'value' in parsed ? parsed.value : parsed.problem;

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1', 1],
    ['512b', 512],
    ['64k', 65_536],
    ['64m', 67_108_864],
    ['64M', 67_108_864],
    ['64mb', 67_108_864],
    ['64MiB', 67_108_864],
    ['1.5g', 1_610_612_736],
    ['0.0001k', 0],
    ['1t', 2 ** 40],
    [4096, 4096],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toEqual({ value: bytes }));

  test.each([
    '',
    ' 64m',
    '64 m',
    '64m ',
    '64mb?',
    '-1',
    '+1',
    '0x10',
    '1e6',
    'm',
    '64bb',
    '64bib',
    '64ib',
    '.5g',
    '5.g',
    '1,5g',
    '64p',
    '٤k',
  ])('%j is none', (text) => expect(parseSize(text)).toMatchObject({ problem: 'is not a size' }));

  test.each([-1, Number.NaN, Infinity, 1e21, '9007199254740993', '9999999999t'])(
    '%s is none either',
    (n) => expect(parseSize(n)).toHaveProperty('problem'),
  );

  test('a larger number or a larger suffix is never fewer bytes', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.constantFrom('', 'k', 'm', 'g'), (a, b, suffix) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((n) =>
          value(parseSize(`${n}${suffix}`)),
        );
        expect(Number(small)).toBeLessThanOrEqual(Number(large));
        const [narrow, wide] = ['k', 'm'].map((unit) => value(parseSize(`${a}${unit}`)));
        expect(Number(narrow)).toBeLessThanOrEqual(Number(wide));
      }),
    );
  });

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(fc.nat(1023), fc.constantFrom(0, 1, 2, 3), (n, power) => {
        const bytes = n * 1024 ** power;
        const [amount, unit] = formatSize(bytes).split(' ');
        expect(parseSize(`${amount}${unit === 'bytes' ? '' : unit}`)).toEqual({ value: bytes });
      }),
    );
  });
});

describe('memory', () => {
  test('from the minimum to what the host has', () => {
    expect(parseMemory('64m', GIB)).toEqual({ value: 64 * 2 ** 20 });
    expect(parseMemory(MEMORY_MINIMUM_BYTES, GIB)).toEqual({ value: MEMORY_MINIMUM_BYTES });
    expect(parseMemory(MEMORY_MINIMUM_BYTES - 1, GIB)).toMatchObject({
      problem: expect.stringMatching(/too little/),
      hint: expect.stringMatching('2 MiB'),
    });
    expect(parseMemory('0', GIB)).toHaveProperty('problem');
    expect(parseMemory('1g', GIB)).toEqual({ value: GIB });
    expect(parseMemory(GIB + 1, GIB)).toMatchObject({
      problem: expect.stringMatching(/more memory than the host/),
      hint: expect.stringMatching('1 GiB'),
    });
  });

  test('swap is counted together with memory, and needs it', () => {
    expect(parseMemorySwap('-1', 100)).toEqual({ value: -1 });
    expect(parseMemorySwap(-1, 100)).toEqual({ value: -1 });
    expect(parseMemorySwap('100', 100)).toEqual({ value: 100 });
    expect(parseMemorySwap('99', 100)).toHaveProperty('problem');
    expect(parseMemorySwap('1g', undefined)).toHaveProperty('problem');
    expect(parseMemorySwap('-2', 100)).toHaveProperty('problem');
  });
});

describe('processors', () => {
  test.each([
    ['0.5', 50_000],
    [0.5, 50_000],
    ['.25', 25_000],
    [0.01, 1_000],
    ['2', 200_000],
    ['1.999999999', 200_000],
  ])('%s of 2 is a quota of %d µs', (cpus, quota) =>
    expect(parseCpus(cpus, 2)).toEqual({ value: quota }),
  );

  test.each([
    '0',
    0,
    -1,
    '-0.5',
    0.009,
    2.01,
    '3',
    Number.NaN,
    Infinity,
    '',
    '1e0',
    '0x1',
    '1/2',
    ' 1',
    'half',
  ])('%s of 2 is refused', (cpus) =>
    expect(parseCpus(cpus, 2)).toMatchObject({
      problem: expect.any(String),
      hint: expect.stringMatching('0.01 to 2'),
    }),
  );

  test('more processors never get a smaller quota', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 64, noNaN: true }),
        fc.double({ min: 0.01, max: 64, noNaN: true }),
        (a, b) => {
          const [small, large] = [Math.min(a, b), Math.max(a, b)].map((n) =>
            Number(value(parseCpus(n, 64))),
          );
          expect(small).toBeGreaterThanOrEqual(1000);
          expect(small).toBeLessThanOrEqual(large ?? 0);
        },
      ),
    );
  });

  test.each([
    ['0', '0'],
    ['0-3,6', '0-3,6'],
    ['6,3,2,1,0', '0-3,6'],
    ['1,1-2,2', '1-2'],
  ])('the list %s is written %s', (list, written) =>
    expect(parseCpuset(list, '0-3,6-7')).toEqual({ value: written }),
  );

  test.each(['', ',', '0,', '3-1', '-1', '0-', 'a', '0 ,1', '0-7:2/4', '99999', '0-9999999999'])(
    '%j is no list',
    (list) =>
      expect(parseCpuset(list, '0-3')).toMatchObject({ problem: 'is not a list of processors' }),
  );

  test.each(['4', '3-6', '0-4', '5,6'])('%s names one that is not online', (list) =>
    expect(parseCpuset(list, '0-3,6-7\n')).toMatchObject({
      problem: expect.stringMatching(/not online/),
      hint: 'online are 0-3,6-7',
    }),
  );
});

describe('counts', () => {
  test('processes: -1 and 0 are no limit', () => {
    expect(parsePidsLimit('64')).toEqual({ value: 64 });
    expect(parsePidsLimit(0)).toEqual({ value: undefined });
    expect(parsePidsLimit('-1')).toEqual({ value: undefined });
    expect(parsePidsLimit(4_194_304)).toEqual({ value: 4_194_304 });
    for (const bad of [-2, 1.5, 4_194_305, '', '1.0', 'max', '6 4', Number.NaN])
      expect(parsePidsLimit(bad)).toHaveProperty('problem');
  });

  test('shares are whole and in range', () => {
    expect(parseWhole('2', 2, 262_144)).toEqual({ value: 2 });
    expect(parseWhole(262_144, 2, 262_144)).toEqual({ value: 262_144 });
    for (const bad of [1, 262_145, 2.5, '2.0', '1e3'])
      expect(parseWhole(bad, 2, 262_144)).toHaveProperty('problem');
  });
});
