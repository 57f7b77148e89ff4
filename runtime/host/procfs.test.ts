import { describe, expect, it } from 'vitest';
import {
  capabilityMask,
  fieldOf,
  kibibytes,
  pageSizeOf,
  parseFields,
  parseRelease,
} from './procfs.ts';

const STATUS =
  'Name:\tnode: main\nUmask:\t0022\nCapEff:\t000001fffeffffff\nSeccomp:\t0\nSeccomp_filters:\t0\nMems_allowed_list:\t0-1\n';

describe('the texts under /proc', () => {
  it('gives the fields of status; a value may hold a colon', () => {
    const fields = parseFields(STATUS);
    expect(fields.get('Name')).toBe('node: main');
    expect(fields.get('Mems_allowed_list')).toBe('0-1');
    expect(fields.has('CapInh')).toBe(false);
  });

  it('gives one field alone as among all', () => {
    const names = [...parseFields(STATUS).keys(), 'CapInh', 'seccomp', 'Mems'];
    for (const text of [STATUS, STATUS.trimEnd(), ''])
      for (const name of names) expect(fieldOf(text, name)).toBe(parseFields(text).get(name));
  });

  it('gives meminfo in bytes', () => {
    const fields = parseFields('MemTotal:       24684096 kB\nSwapTotal:             0 kB\n');
    expect(kibibytes(fields.get('MemTotal'))).toBe(25276514304);
    expect(kibibytes(fields.get('SwapTotal'))).toBe(0);
    expect(kibibytes(undefined)).toBe(0);
  });

  it('gives capabilities as a mask without rounding', () => {
    expect(capabilityMask('000001fffeffffff')).toBe(0x1fffeffffffn);
    expect(capabilityMask('ffffffffffffffff')).toBe(2n ** 64n - 1n);
    expect(capabilityMask(undefined)).toBe(0n);
    expect(capabilityMask('0x12')).toBe(0n);
  });

  it('finds the page size in auxv, and stops at its end', () => {
    const pairs = (...words: bigint[]) => Buffer.from(BigUint64Array.from(words).buffer);
    expect(pageSizeOf(pairs(33n, 0x7fffn, 6n, 65536n, 0n, 0n))).toBe(65536);
    expect(pageSizeOf(pairs(33n, 6n, 0n, 0n, 6n, 4096n))).toBeUndefined();
    expect(pageSizeOf(Buffer.alloc(8))).toBeUndefined();
  });

  it('takes versions apart', () => {
    expect(parseRelease('6.18.44-fc-v595')).toEqual({
      release: '6.18.44-fc-v595',
      major: 6,
      minor: 18,
    });
    expect(parseRelease('5.10.0-28-amd64')).toMatchObject({ major: 5, minor: 10 });
    expect(parseRelease('odd')).toMatchObject({ major: 0, minor: 0 });
  });
});
