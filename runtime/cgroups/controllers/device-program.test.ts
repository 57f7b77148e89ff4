// The device program byte by byte, and what it answers, by an interpreter of the few instructions
// it uses.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceRule } from '../../config/config.ts';
import { deviceProgram } from './device-program.ts';

const DENY_ALL: DeviceRule = { allow: false, type: 'a', access: 'rwm' };
const NULL: DeviceRule = { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' };

interface Request {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

const bits = (access: string) =>
  (access.includes('m') ? 1 : 0) | (access.includes('r') ? 2 : 0) | (access.includes('w') ? 4 : 0);

/**
 * What the kernel's interpreter would do. Throws for an instruction that the program has no
 * business using.
 */
function asked(program: Uint8Array, { type, major, minor, access }: Request): boolean {
  const view = new DataView(program.buffer);
  const context = [(bits(access) << 16) | (type === 'b' ? 1 : 2), major, minor];
  const r: number[] = [0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < program.length; at += 8) {
    const destination = view.getUint8(at + 1) & 15;
    const source = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const immediate = view.getInt32(at + 4, true);
    const value = r[destination] ?? 0;
    switch (view.getUint8(at)) {
      case 0x61:
        r[destination] = context[offset / 4] ?? 0;
        break;
      case 0xbf:
        r[destination] = r[source] ?? 0;
        break;
      case 0xb7:
        r[destination] = immediate;
        break;
      case 0x57:
        r[destination] = value & immediate;
        break;
      case 0x77:
        r[destination] = value >>> immediate;
        break;
      case 0x15:
        if (value === immediate) at += offset * 8;
        break;
      case 0x55:
        if (value !== immediate) at += offset * 8;
        break;
      case 0x95:
        return r[0] === 1;
      default:
        throw new Error(`instruction ${view.getUint8(at)}`);
    }
  }
  throw new Error('the program has no end');
}

/** The rule in words: for each access the last rule that names it decides, and nothing means no. */
function expected(rules: readonly DeviceRule[], { type, major, minor, access }: Request): boolean {
  return [...access].every((one) => {
    const rule = rules.findLast(
      (candidate) =>
        (candidate.type === 'a' || candidate.type === type) &&
        (candidate.major ?? major) === major &&
        (candidate.minor ?? minor) === minor &&
        candidate.access.includes(one),
    );
    return rule?.allow ?? false;
  });
}

describe('the program', () => {
  it('is these bytes for one device', () => {
    expect(
      Buffer.from(deviceProgram([DENY_ALL, NULL]))
        .toString('hex')
        .match(/.{16}/g),
    ).toEqual([
      '6112000000000000', // r2 = context.access_type
      'bf23000000000000', // r3 = r2
      '7703000010000000', // r3 >>= 16
      '57020000ffff0000', // r2 &= 0xffff
      '6114040000000000', // r4 = context.major
      '6115080000000000', // r5 = context.minor
      '5502060002000000', // if r2 != 2 (character) skip the rule
      '5504050001000000', // if r4 != 1
      '5505040003000000', // if r5 != 3
      '57030000f9ffffff', // r3 &= ~(read | write)
      '5503020000000000', // if r3 != 0
      'b700000001000000', // r0 = 1
      '9500000000000000', // exit
      'b700000000000000', // r0 = 0
      '9500000000000000', // exit
    ]);
  });

  it('denies what no rule names', () => {
    expect(asked(deviceProgram([]), { type: 'c', major: 1, minor: 3, access: 'r' })).toBe(false);
    expect(
      asked(deviceProgram([DENY_ALL, NULL]), { type: 'b', major: 1, minor: 3, access: 'r' }),
    ).toBe(false);
    expect(
      asked(deviceProgram([DENY_ALL, NULL]), { type: 'c', major: 1, minor: 3, access: 'm' }),
    ).toBe(false);
  });

  it('has nothing behind a rule that decides everything', () => {
    const program = deviceProgram([NULL, { ...DENY_ALL, allow: true }]);
    expect(program.length).toBe(8 * 8);
    expect(asked(program, { type: 'b', major: 8, minor: 0, access: 'rwm' })).toBe(true);
  });

  it('answers every question as its rules say', () => {
    const number = fc.integer({ min: 0, max: 3 });
    const access = fc
      .subarray(['r', 'w', 'm'], { minLength: 1 })
      .map((letters) => letters.join(''));
    const rule = fc.record(
      {
        allow: fc.boolean(),
        type: fc.constantFrom('a', 'b', 'c'),
        major: number,
        minor: number,
        access,
      },
      { requiredKeys: ['allow', 'type', 'access'] },
    );
    const request = fc.record({
      type: fc.constantFrom('b', 'c'),
      major: number,
      minor: number,
      access,
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), request, (rules, one) => {
        expect(asked(deviceProgram(rules), one)).toBe(expected(rules, one));
      }),
    );
  });
});
