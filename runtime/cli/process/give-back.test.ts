// A checkout of an ordinary user, in which root runs the command by sudo.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const USER = 12_345;

/** What of the checkout does not belong to its user after `terrarium --help`, run as sudo does. */
function after(sudo: Readonly<Record<string, string>>): string[] {
  const checkout = mkdtempSync(join(tmpdir(), 'terrarium-sudo-'));
  onTestFinished(() => rmSync(checkout, { recursive: true }));
  for (const part of ['bin', 'runtime', 'package.json'])
    cpSync(join(root, part), join(checkout, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'build'));
  writeFileSync(join(checkout, 'build/terrarium.node'), '');
  execFileSync('chown', ['-hR', `${USER}:${USER}`, checkout]);
  const { SUDO_UID: _, SUDO_GID: __, NODE_COMPILE_CACHE: ___, ...env } = process.env;
  const run = spawnSync(join(checkout, 'bin/terrarium'), ['--help'], {
    encoding: 'utf8',
    env: { ...env, ...sudo, TERRARIUM_START: 'sources' },
  });
  expect(run.stderr).toBe('');
  const find = ['.', '!', '-user', String(USER), '-printf', '%P\n'];
  const text = execFileSync('find', find, { cwd: checkout, encoding: 'utf8' });
  expect(execFileSync('find', ['build/cache', '-type', 'f'], { cwd: checkout })).not.toHaveLength(
    0,
  );
  return text.split('\n').filter(Boolean);
}

describe.skipIf(process.geteuid?.() !== 0)('compiled sources (needs root)', () => {
  it('belong to who called sudo', () => {
    expect(after({ SUDO_UID: String(USER), SUDO_GID: String(USER) })).toEqual([]);
  });

  it('stay root’s without sudo', () => {
    expect(after({})[0]).toBe('build/cache');
  });

  it.each(['0', '', 'x', '-1'])('stay root’s with SUDO_UID=%j', (uid) => {
    expect(after({ SUDO_UID: uid, SUDO_GID: uid })).not.toEqual([]);
  });
});
