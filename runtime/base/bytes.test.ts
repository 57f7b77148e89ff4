import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteLength,
  decodeBytes,
  encodeBytes,
  isBytes,
  legible,
  pathOf,
  quoted,
  visible,
} from './bytes.ts';

const RUNS = 2000;

/**
 * Any bytes, and those that are almost UTF-8: overlong forms, surrogates, cut characters, beyond
 * U+10FFFF.
 */
const almostText = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom(
        [0xc0, 0xaf],
        [0xe0, 0x80, 0xaf],
        [0xed, 0xa0, 0x80],
        [0xed, 0xb3, 0xa9],
        [0xf0, 0x9f, 0x98],
        [0xf4, 0x90, 0x80, 0x80],
        [0xef, 0xbf, 0xbd],
        [0xef, 0xbb, 0xbf],
      ),
    ),
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

/** Scalar values, and lone surrogates that stand for bytes. */
const escapedText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.integer({ min: 0xdc80, max: 0xdcff }).map((code) => String.fromCharCode(code)),
    ),
  )
  .map((parts) => parts.join(''));

describe('bytes as text', () => {
  it('gives any bytes back', () => {
    fc.assert(
      fc.property(almostText, (bytes) => {
        expect([...encodeBytes(decodeBytes(bytes))]).toEqual([...bytes]);
      }),
      { numRuns: RUNS },
    );
  });

  it('travels through JSON, which has only ASCII for what is no text', () => {
    fc.assert(
      fc.property(almostText, (bytes) => {
        const text = decodeBytes(bytes);
        const json = JSON.stringify({ text });
        expect(json.isWellFormed()).toBe(true);
        const again: { text: string } = JSON.parse(Buffer.from(json).toString('utf8'));
        expect([...encodeBytes(again.text)]).toEqual([...bytes]);
      }),
      { numRuns: RUNS },
    );
  });

  it('makes of any bytes what Python makes of them: text where there is text, and a half character for each other byte', () => {
    const decode = (...bytes: number[]) => decodeBytes(Uint8Array.from(bytes));
    expect(decode(0x72, 0xe9, 0x73)).toBe('r\udce9s');
    expect(decode(0xc3, 0xa9)).toBe('é');
    expect(decode(0xed, 0xb3, 0xa9)).toBe('\udced\udcb3\udca9');
    expect(decode(0xc0, 0xaf)).toBe('\udcc0\udcaf');
    expect(decode(0xf0, 0x9f, 0x98)).toBe('\udcf0\udc9f\udc98');
    expect(decode(0xf0, 0x9f, 0x98, 0x80, 0xff)).toBe('😀\udcff');
    expect(decode(0xf4, 0x90, 0x80, 0x80)).toBe('\udcf4\udc90\udc80\udc80');
    expect(decode(0xef, 0xbf, 0xbd, 0xff)).toBe('\ufffd\udcff');
    expect(decode(0xef, 0xbb, 0xbf, 0x61)).toBe('\ufeffa');
  });

  it('gives a text back unless its escapes are, one after the other, a character', () => {
    fc.assert(
      fc.property(escapedText, (text) => {
        const bytes = encodeBytes(text);
        const again = decodeBytes(bytes);
        expect([...encodeBytes(again)]).toEqual([...bytes]);
        expect(byteLength(text)).toBe(bytes.length);
        expect(isBytes(text)).toBe(true);
        // Two escapes that are the halves of a character are that character.
        if (!/[\udc80-\udcff]{2}/u.test(text)) expect(again).toBe(text);
      }),
      { numRuns: RUNS },
    );
    expect(decodeBytes(encodeBytes('\udcc3\udca9'))).toBe('é');
  });

  it('is not confused by characters whose second half looks like a byte', () => {
    const text = '\u{10080}\u{100e9}';
    expect([...encodeBytes(text)]).toEqual([...Buffer.from(text)]);
    expect(pathOf(text)).toBe(text);
    expect(visible(text)).toBe(text);
    expect(encodeBytes('\u{10080}\udc80').toString('hex')).toBe('f090828080');
  });

  it('decodes a view into a larger buffer', () => {
    const buffer = Buffer.from('..\xe9..', 'latin1');
    expect(decodeBytes(buffer.subarray(1, 4))).toBe('.\udce9.');
  });

  it('tells half characters that stand for no byte, and replaces none', () => {
    for (const half of ['\ud83d', '\udc7f', '\udd00', 'a\udfffb']) {
      expect(isBytes(half)).toBe(false);
      expect(encodeBytes(half).toString('utf8')).not.toBe(half);
      expect(encodeBytes(half).includes(Buffer.from('\ufffd'))).toBe(false);
      expect(byteLength(half)).toBe(encodeBytes(half).length);
    }
    expect(isBytes('plain 😀')).toBe(true);
  });

  it('gives node:fs bytes only where text would be changed', () => {
    expect(pathOf('/a/é')).toBe('/a/é');
    expect(pathOf('/a/\udce9')).toEqual(Buffer.from('/a/\xe9', 'latin1'));
  });
});

describe('bytes as people see them', () => {
  it('shows each as \\x and two digits', () => {
    expect(visible('r\udce9s\x1b[31m')).toBe('r\\xe9s\\x1b[31m');
    expect(legible('r\udce9s\n')).toBe('r\\xe9s\n');
    expect(visible('\ud83d')).toBe('\\ud83d');
    expect(visible('é 😀')).toBe('é 😀');
  });

  it('quotes them, and is not confused by a backslash that was there', () => {
    expect(quoted('r\udce9s')).toBe('"r\\xe9s"');
    expect(quoted('\\udce9\udce9')).toBe('"\\\\udce9\\xe9"');
    expect(quoted('"é\n')).toBe('"\\"é\\n"');
    expect(quoted(['\udce9', { a: 1 }])).toBe('["\\xe9",{"a":1}]');
  });
});
