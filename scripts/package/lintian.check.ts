// The Debian package of this checkout, by lintian(1), where it is installed.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('lintian has nothing to say about the Debian package', ({ skip }) => {
  const release = join(import.meta.dirname, '../../build/release');
  const packages = globSync('*.deb', { cwd: release });
  if (packages.length === 0) skip('there is no .deb: it needs dpkg-deb');
  if (spawnSync('lintian', ['--version']).error) skip('needs lintian: apt-get install lintian');
  const options = ['--allow-root', '--fail-on', 'error,warning', ...packages];
  const { status, stdout, stderr } = spawnSync('lintian', options, {
    cwd: release,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
}, 120_000);
