// Messages byte for byte: D-Bus specification, "Marshaling" and "Message Format".
import { describe, expect, it } from 'vitest';
import { Malformed, Reader, type Value, Writer } from './marshal.ts';
import {
  decodeMessage,
  encodeCall,
  HELLO,
  messageLength,
  startScope,
  stopUnit,
} from './message.ts';

const bytesOf = (value: Value, before = '') => {
  const writer = new Writer();
  for (const byte of Buffer.from(before)) writer.byte(byte);
  return writer.value(value).bytes().toString('hex');
};

describe('a value', () => {
  it.each<[Value, string]>([
    [{ type: 's', value: 'foo' }, '03000000 666f6f 00'],
    [{ type: 'o', value: '/' }, '01000000 2f 00'],
    [{ type: 'g', value: 'ssa(sv)' }, '07 737361287376 29 00'],
    [{ type: 'u', value: 258 }, '02010000'],
    [{ type: 't', value: 2n ** 64n - 1n }, 'ffffffffffffffff'],
    [{ type: 'b', value: true }, '01000000'],
    [{ type: 'au', value: [7, 8] }, '08000000 07000000 08000000'],
    [{ type: 'a(sv)', value: [] }, '00000000 00000000'],
    [
      { type: 'a(sv)', value: [{ name: 'A', value: { type: 'b', value: true } }] },
      // Length 16; padding to 8; the structure: A, signature b, padding to 4, true.
      '10000000 00000000 01000000 4100 01 62 00 000000 01000000',
    ],
  ])('%o', (value, hex) => {
    expect(bytesOf(value)).toBe(hex.replaceAll(' ', ''));
  });

  it('begins at a multiple of its alignment', () => {
    expect(bytesOf({ type: 'u', value: 1 }, 'x')).toBe('7800000001000000');
    expect(bytesOf({ type: 't', value: 1n }, 'x')).toBe(
      '7800000000000000 0100000000000000'.replace(' ', ''),
    );
    expect(bytesOf({ type: 'g', value: '' }, 'x')).toBe('780000');
  });

  it('is not read beyond the end', () => {
    expect(() => new Reader(Buffer.of(9, 0, 0, 0, 65)).string()).toThrow(Malformed);
  });
});

describe('a call', () => {
  it('to greet a bus has these bytes', () => {
    const expected = [
      // Little-endian, a call, no flags, version 1; no body; serial 1; 109 bytes of fields.
      '6c 01 00 01  00 00 00 00  01 00 00 00  6d 00 00 00',
      // 1, the path: o, 21 bytes.
      '01 01 6f 00  15 00 00 00',
      text('/org/freedesktop/DBus'),
      '00 00 00',
      // 2, the interface.
      '02 01 73 00  14 00 00 00',
      text('org.freedesktop.DBus'),
      '00 00 00 00',
      // 3, the member.
      '03 01 73 00  05 00 00 00',
      text('Hello'),
      '00 00 00',
      // 6, the destination.
      '06 01 73 00  14 00 00 00',
      text('org.freedesktop.DBus'),
      '00 00 00 00',
    ]
      .join('')
      .replaceAll(' ', '');
    expect(encodeCall(HELLO, 1).toString('hex')).toBe(expected);
  });

  it('is as long as it says', () => {
    for (const call of [HELLO, stopUnit('terrarium-a.scope'), start()]) {
      const bytes = encodeCall(call, 7);
      expect(messageLength(bytes)).toBe(bytes.length);
      expect(messageLength(bytes.subarray(0, 15))).toBeUndefined();
      expect(decodeMessage(bytes)).toMatchObject({ kind: 'other', member: call.member });
    }
  });

  it('for a scope delegates it, in the slice, with its keeper', () => {
    const text = encodeCall(start(), 2).toString('latin1');
    expect(text).toContain('ssa(sv)a(sa(sv))');
    expect(text).toContain('Delegate\0\x01b\0');
    expect(text).toContain('\x0f\0\0\0user-1000.slice\0');
    expect(text).toContain('\x04\0\0\0\x39\x05\0\0');
  });

  it('for a scope has the weight of its container, if that has one', () => {
    const weight = 'CPUWeight\0\x01t\0';
    expect(encodeCall(start(), 2).toString('latin1')).not.toContain(weight);
    const text = encodeCall(start({ CPUWeight: 238 }), 2).toString('latin1');
    const at = text.indexOf(weight) + weight.length;
    expect(text.slice(at, at + 16)).toContain(`\xee${'\0'.repeat(7)}`);
  });

  function start(weights = {}) {
    return startScope({
      ...{ name: 'terrarium-a.scope', slice: 'user-1000.slice', description: 'a', pid: 1337 },
      weights,
    });
  }
});

describe('what comes in', () => {
  // As systemd 257 sent it: the answer to a scope, that it is made, and that there is none.
  const REPLY = message(
    '6c020101260000000300000037000000050175000100000007017300180000006f72672e667265656465736b',
    '746f702e73797374656d6431000000000000000008016700016f0000210000002f6f72672f66726565646573',
    '6b746f702f73797374656d64312f6a6f622f36383100',
  );
  const SIGNAL = message(
    '6c0401014d0000000a000000a200000001016f00190000002f6f72672f667265656465736b746f702f737973',
    '74656d64310000000000000002017300200000006f72672e667265656465736b746f702e73797374656d6431',
    '2e4d616e616765720000000000000000030173000a0000004a6f6252656d6f76656400000000000007017300',
    '180000006f72672e667265656465736b746f702e73797374656d643100000000000000000801670004756f73',
    '7300000000000000a9020000210000002f6f72672f667265656465736b746f702f73797374656d64312f6a6f',
    '622f3638310000001100000074657272617269756d2d612e73636f706500000004000000646f6e6500',
  );
  const ERROR = message(
    '6c0301012a0000000d00000067000000050175000200000004017300230000006f72672e667265656465736b',
    '746f702e73797374656d64312e4e6f53756368556e6974000000000007017300180000006f72672e66726565',
    '6465736b746f702e73797374656d64310000000000000000080167000173000025000000556e697420746572',
    '72617269756d2d6e6f70652e73636f7065206e6f74206c6f616465642e00',
  );

  it('is decoded as far as it matters', () => {
    const job = '/org/freedesktop/systemd1/job/681';
    expect(decodeMessage(REPLY)).toEqual({
      ...{ kind: 'reply', replySerial: 1, member: '', error: '', arguments: [job] },
    });
    expect(decodeMessage(SIGNAL)).toEqual({
      ...{ kind: 'signal', replySerial: 0, member: 'JobRemoved', error: '' },
      arguments: [681, job, 'terrarium-a.scope', 'done'],
    });
    expect(decodeMessage(ERROR)).toMatchObject({
      ...{ kind: 'error', replySerial: 2, error: 'org.freedesktop.systemd1.NoSuchUnit' },
      arguments: ['Unit terrarium-nope.scope not loaded.'],
    });
  });

  it('is as long as it says, and too short before', () => {
    for (const bytes of [REPLY, SIGNAL, ERROR]) {
      expect(messageLength(Buffer.concat([bytes, bytes]))).toBe(bytes.length);
      expect(messageLength(bytes.subarray(0, 15))).toBeUndefined();
    }
  });

  it('of another kind is refused, not guessed', () => {
    const big = Buffer.from(SIGNAL);
    big[0] = 'B'.charCodeAt(0);
    expect(() => messageLength(big)).toThrow(Malformed);
    const endless = Buffer.from(SIGNAL);
    endless.writeUInt32LE(2 ** 31, 4);
    expect(() => messageLength(endless)).toThrow('bytes');
    expect(() => decodeMessage(SIGNAL.subarray(0, 40))).toThrow(Malformed);
  });
});

function message(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''), 'hex');
}

function text(value: string): string {
  return Buffer.from(value).toString('hex');
}
