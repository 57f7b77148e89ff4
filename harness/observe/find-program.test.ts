import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findProgram, SYSTEM_DIRECTORIES } from './find-program.ts';

function places(): [first: string, second: string] {
  const top = mkdtempSync(join(tmpdir(), 'terrarium-path-'));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const [first, second] = [join(top, 'first'), join(top, 'second')];
  for (const place of [first, second]) mkdirSync(place);
  return [first, second];
}

test('returns the first executable file: no directory, plain file or dangling link', () => {
  const [first, second] = places();
  writeFileSync(join(first, 'plain'), '', { mode: 0o644 });
  mkdirSync(join(first, 'folder'));
  symlinkSync('gone', join(first, 'link'));
  for (const name of ['plain', 'folder', 'link', 'only'])
    writeFileSync(join(second, name), '', { mode: 0o755 });
  for (const name of ['plain', 'folder', 'link', 'only'])
    expect(findProgram(name, [first, second])).toBe(join(second, name));
  expect(findProgram('none', [first, second])).toBeUndefined();
});

test('PATH comes first, and root’s programs are found without it', () => {
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const [first] = places();
  writeFileSync(join(first, 'sh'), '', { mode: 0o755 });
  vi.stubEnv('PATH', `:${first}`);
  expect(findProgram('sh')).toBe(join(first, 'sh'));
  vi.stubEnv('PATH', '');
  expect(SYSTEM_DIRECTORIES.map((one) => join(one, 'sh'))).toContain(findProgram('sh'));
});
