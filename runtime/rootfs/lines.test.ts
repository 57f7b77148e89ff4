// Files of any size and kind in a root file system that others filled.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LinesInRoot } from './lines.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'terrarium-lines-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function lines(content: string | Buffer): string[] {
  writeFileSync(join(root, 'file'), content);
  return [...new LinesInRoot(root, '/file')];
}

test('every line, whatever the pieces are', () => {
  const many = Array.from({ length: 30_000 }, (_, n) => `${n}:${'x'.repeat(n % 97)}`);
  expect(lines(`${many.join('\n')}\n`)).toEqual(many);
  expect(lines(many.join('\n'))).toEqual(many);
  expect(lines('')).toEqual([]);
  expect(lines('one')).toEqual(['one']);
  expect(lines(Buffer.from([0x61, 0xe9, 0x0a, 0x62]))).toEqual(['a\udce9', 'b']);
});

test('a long line is there, an endless one is left out', () => {
  const long = 'm'.repeat(600_000);
  expect(lines(`a\n${long}\nb\n`)).toEqual(['a', long, 'b']);
  expect(lines(`a\n${'m'.repeat(3_000_000)}\nb\n`)).toEqual(['a', 'b']);
});

test('a sparse file of 20 GB ends after 64 MiB, and says so', () => {
  writeFileSync(join(root, 'sparse'), 'root:x:0:0::/:\n');
  truncateSync(join(root, 'sparse'), 20 * 2 ** 30);
  const sparse = new LinesInRoot(root, '/sparse');
  expect([...sparse]).toEqual(['root:x:0:0::/:']);
  expect(sparse.cutAtMiB).toBe(64);
});

test('a fifo is not opened, and a missing file has no lines', () => {
  execFileSync('mkfifo', [join(root, 'fifo')]);
  expect([...new LinesInRoot(root, '/fifo')]).toEqual([]);
  expect([...new LinesInRoot(root, '/missing')]).toEqual([]);
});
