// The records of performed operations: what is notable, and taking the last one back.
import { expect, it } from 'vitest';
import { Records } from './records.ts';

/** One record as native/wire/protocol.h has it. */
function record(index: number, errno = 0): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(index, 0);
  bytes.writeInt32LE(errno, 4);
  bytes.writeUInt32LE(1, 8);
  return bytes;
}

const summary = (records: Records) => records.all().map(({ index, errno }) => [index, errno]);

it('answers what failed, whatever the pieces', () => {
  const records = new Records();
  const bytes = Buffer.concat([record(0), record(1, 2)]);
  expect(records.add(bytes.subarray(0, 40))).toEqual([]);
  expect(records.add(bytes.subarray(40))).toMatchObject([{ index: 1, errno: 2, syscall: 'open' }]);
  expect(records.last).toBe(1);
});

it('forgets a failed operation that is performed again', () => {
  const records = new Records();
  records.add(Buffer.concat([record(0), record(1), record(2, 2)]));
  records.takeBack();
  expect(records.last).toBe(1);
  expect(records.add(Buffer.concat([record(2), record(3)]))).toEqual([]);
  expect(summary(records)).toEqual([0, 1, 2, 3].map((index) => [index, 0]));
  expect(records.last).toBe(3);
});
