import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkedProbes } from './probes.ts';

const directory = mkdtempSync(join(tmpdir(), 'probes-'));
const sums = join(directory, 'SHA256SUMS');
const sha256 = createHash('sha256').update('one').digest('hex');
writeFileSync(join(directory, 'first'), 'one');

afterAll(() => rmSync(directory, { recursive: true }));

test('built programs are named with their sums', () => {
  writeFileSync(sums, `${sha256}  first\n`);
  expect(checkedProbes({ sums, directory })).toEqual([{ name: 'first', sha256 }]);
});

test('every program that is another, or is not there, is named', () => {
  writeFileSync(join(directory, 'second'), 'exchanged');
  writeFileSync(sums, `${sha256}  first\n${sha256}  second\n${sha256}  third\n`);
  expect(() => checkedProbes({ sums, directory })).toThrow(
    /not the built programs: second, third in /,
  );
});

test('a list without a program is invalid', () => {
  writeFileSync(sums, 'nothing here\n');
  expect(() => checkedProbes({ sums, directory })).toThrow('names no program');
});
