// The packed releases: what they install, their checksums, and that the same executable gives the
// same bytes. The programs that install them look at them.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeDebian, makeTarball } from './pack.ts';

/** Any executable will do. */
const EXECUTABLE = '/bin/true';

function packing() {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-pack-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [executable, scratch, out] = [
    join(directory, 'terrarium'),
    join(directory, 'scratch'),
    join(directory, 'out'),
  ];
  copyFileSync(EXECUTABLE, executable);
  utimesSync(executable, new Date(), new Date());
  for (const path of [scratch, out]) mkdirSync(path);
  return { executable, scratch, out, architecture: 'x64' } as const;
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', cwd: '/' });
}

test('the tarball has the executable, its pages and completions, and the same bytes twice', async () => {
  const one = await makeTarball(packing());
  const listed = run('tar', '-tzf', one);
  const root = basename(one).replace(/\.tar\.gz$/, '');
  for (const path of [
    'bin/terrarium',
    'share/man/man1/terrarium-shell.1',
    'share/bash-completion/completions/terrarium',
    'copyright',
  ])
    expect(listed).toContain(`${root}/${path}\n`);
  expect(
    run('tar', '-xzOf', one, `${root}/share/fish/vendor_completions.d/terrarium.fish`),
  ).toMatch(/^complete -c terrarium/m);
  const two = await makeTarball(packing());
  expect(readFileSync(two).equals(readFileSync(one))).toBe(true);
  const check = spawnSync('sha256sum', ['-c', `${basename(two)}.sha256`], { cwd: join(two, '..') });
  expect(check.status).toBe(0);
});

test('the Debian package installs the same, and the same bytes twice', async ({ skip }) => {
  if (spawnSync('dpkg-deb', ['--version']).error) skip('needs dpkg-deb');
  const given = packing();
  const one = await makeDebian(given);
  expect(basename(one)).toMatch(/^terrarium_[\d.]+_amd64\.deb$/);
  const to = join(given.scratch, 'installed');
  run('dpkg-deb', '-x', one, to);
  const at = (path: string) => readFileSync(join(to, path));
  expect(at('usr/bin/terrarium').equals(readFileSync(EXECUTABLE))).toBe(true);
  expect(at('usr/share/doc/terrarium/copyright').toString()).toMatch(/QuickJS-ng[\s\S]*LGPL-2\.1/);
  const page = gunzipSync(at('usr/share/man/man1/terrarium.1.gz')).toString();
  expect(page).toMatch(/^\.Sh NAME$/m);
  expect(run('dpkg-deb', '-f', one, 'Depends').trim()).toBe('');
  const two = await makeDebian(packing());
  expect(readFileSync(two).equals(readFileSync(one))).toBe(true);
});
