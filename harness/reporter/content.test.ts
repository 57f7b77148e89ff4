import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commitWord, contentHash, shortCommit } from './content.ts';
import { commitOf } from './provenance.ts';

function tree(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-content-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'src/deep'), { recursive: true });
  writeFileSync(join(directory, '.gitignore'), 'node_modules/\nreports/out/\n*.tar.gz\n');
  writeFileSync(join(directory, 'src/deep/a'), 'a');
  writeFileSync(join(directory, 'src.b'), 'b');
  return directory;
}

test('the hash of a tree equals that of sha256sum over its files', () => {
  const at = tree();
  const list = 'find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum';
  const [hash] = execFileSync('sh', ['-c', list], { cwd: at, encoding: 'utf8' }).split(' ');
  expect(contentHash(at)).toBe(`sha256:${hash}`);
});

test('output and times change nothing; content, names and links do', () => {
  const at = tree();
  const hashes = [contentHash(at)];
  mkdirSync(join(at, 'node_modules/x'), { recursive: true });
  mkdirSync(join(at, 'reports/out'), { recursive: true });
  for (const output of ['node_modules/x/y', 'reports/out/report.html', '23m0001.tar.gz'])
    writeFileSync(join(at, output), 'output');
  utimesSync(join(at, 'src.b'), 1, 1);
  expect(contentHash(at)).toBe(hashes[0]);
  writeFileSync(join(at, 'src.b'), 'c');
  hashes.push(contentHash(at));
  writeFileSync(join(at, 'src.c'), '');
  hashes.push(contentHash(at));
  symlinkSync('src.c', join(at, 'link'));
  hashes.push(contentHash(at));
  expect(new Set(hashes).size).toBe(4);
});

test('a tree without git, or below another repository, has a content hash', () => {
  const at = tree();
  expect(commitOf(at)).toEqual({ id: contentHash(at), dirty: false });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: at });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  expect(commitOf(at)).toEqual({ id: expect.stringMatching(/^[0-9a-f]{40}$/), dirty: false });
  const below = join(at, 'src');
  expect(commitOf(below)).toEqual({ id: contentHash(below), dirty: false });
});

test('in a line it is ten digits, with its kind', () => {
  const hash = `sha256:${'0123456789abcdef'.repeat(4)}`;
  expect(`${commitWord({ id: hash })} ${shortCommit({ id: hash })}`).toBe(
    'content sha256:0123456789',
  );
  const id = '0123456789'.repeat(4);
  expect(`${commitWord({ id })} ${shortCommit({ id })}`).toBe('commit 0123456789');
});
