// The executable is built again in another directory, from nothing but sources: the same bytes.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const SOURCES = [
  'native',
  'runtime',
  'scripts',
  'fixtures/debian',
  'kernels/fetch',
  'package.json',
];

test('the same sources give the same executable in another directory', () => {
  const copy = mkdtempSync(join(tmpdir(), 'terrarium-another-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  // What apt fetched, without our patches.
  for (const path of [...SOURCES, 'build/engine/pristine'])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  mkdirSync(join(copy, 'build/logs'));
  cpSync(join(root, 'package-lock.json'), join(copy, 'package-lock.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  execFileSync('make', ['-C', join(copy, 'native')], { stdio: 'ignore' });
  execFileSync(process.execPath, [join(copy, 'scripts/engine/build.ts')], { stdio: 'inherit' });
  const executable = (directory: string) =>
    readFileSync(join(directory, 'build/release/terrarium'));
  expect(executable(copy).equals(executable(root))).toBe(true);
}, 900_000);
