import { describe, expect, test } from 'vitest';
import { parseRecords } from './records.ts';

const SAMPLE = { kind: 'sample', target: 'bare', quantity: 'start.warm', round: 0, value: 1 };

describe('parseRecords', () => {
  test('reads one record a line', () => {
    expect(
      parseRecords(`${JSON.stringify(SAMPLE)}\n${JSON.stringify({ ...SAMPLE, x: 3 })}\n`),
    ).toEqual([SAMPLE, { ...SAMPLE, x: 3 }]);
  });

  test('leaves out a last line that a full disk cut off, and nothing else', () => {
    expect(parseRecords(`${JSON.stringify(SAMPLE)}\n{"kind":"sam`)).toEqual([SAMPLE]);
    expect(() => parseRecords(`{"kind":"sam\n${JSON.stringify(SAMPLE)}\n`, 'x.ndjson')).toThrow(
      'x.ndjson:1: not JSON',
    );
  });

  test('names the line that is no record', () => {
    expect(() => parseRecords(`${JSON.stringify(SAMPLE)}\n{"kind":"guess"}\n`, 'x.ndjson')).toThrow(
      /^x\.ndjson:2: /,
    );
  });
});
