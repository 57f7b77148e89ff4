// The loader named by programs that every machine has.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { interpreterOf } from './elf.ts';

test('the program that runs this test asks for a loader that is mapped into it', () => {
  const loader = interpreterOf(readFileSync('/proc/self/exe'));
  const mapped = readFileSync('/proc/self/maps', 'utf8');
  expect(loader).toMatch(/^\//);
  expect(mapped).toContain(basename(loader ?? 'none'));
});

test('a static program has no loader', () => {
  const header = Buffer.alloc(64 + 56);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64);
  expect(interpreterOf(header)).toBeUndefined();
});
