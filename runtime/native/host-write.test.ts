// A limit that the kernel keeps as another value, which no kernel here does: a file that is longer
// than what is written to it stands for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { perform } from './addon.ts';
import { READ_BACK, Records } from './records.ts';
import { encodeHost } from './wire.ts';

const EINVAL = 22;
const directory = mkdtempSync(join(tmpdir(), 'terrarium-write-'));
const path = join(directory, 'limit');

afterAll(() => rmSync(directory, { recursive: true }));

/** What came of the write: nothing to act on when the value was kept. */
function write(before: string, readBack?: string) {
  writeFileSync(path, before);
  const read = readBack === undefined ? {} : { readBack };
  const message = encodeHost([{ kind: 'write', path, value: '64', ...read }]);
  return new Records().add(perform(new Uint8Array(message), 0, 1));
}

it('a limit that is kept as it was asked for is no failure', () => {
  expect(write('10\n', '64')).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe('64\n');
});

it('another value than the one asked for is a failure that says so', () => {
  expect(write('9999', '64')).toMatchObject([{ errno: EINVAL, syscall: READ_BACK, index: 0 }]);
  expect(readFileSync(path, 'utf8')).toBe('6499');
});

it('what is not read back is taken as written', () => {
  expect(write('9999')).toEqual([]);
});
