// Root file systems with links that would lead out: whatever they say, only what is inside is seen.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeRootfs, readInRoot, resolveInRoot } from './probe.ts';

describe('a root file system', () => {
  let root: string;
  let outside: string;
  beforeAll(() => {
    const scratch = mkdtempSync(join(tmpdir(), 'terrarium-probe-'));
    root = join(scratch, 'root');
    outside = join(scratch, 'outside');
    for (const path of [outside, root, join(root, 'etc'), join(root, 'usr/bin')])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(outside, 'secret'), 'of the host');
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
    writeFileSync(join(root, 'etc/empty'), '');
    const links = {
      bin: 'usr/bin',
      self: 'self',
      gone: '/no/such',
      out: join(outside, 'secret'),
      up: `${'../'.repeat(40)}etc/passwd`,
    };
    for (const [name, to] of Object.entries(links)) symlinkSync(to, join(root, name));
    for (let n = 0; n < 42; n++)
      symlinkSync(n === 0 ? 'etc/passwd' : `chain${n - 1}`, join(root, `chain${n}`));
    symlinkSync(`${outside}`, join(root, 'etc/outside'));
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(root, 'etc/pipe')]);
  });
  afterAll(() => {
    rmSync(join(root, '..'), { recursive: true });
  });

  it('is read by paths from inside, whatever is above it', () => {
    for (const path of [
      '/etc/passwd',
      'etc/passwd',
      '/../../etc//./passwd',
      '/up',
      '/bin/../../etc/passwd',
    ])
      expect(readInRoot(root, path, 4)?.toString(), path).toBe('root');
    expect(resolveInRoot(root, '/bin/..')).toMatchObject({
      kind: 'there',
      path: '/usr',
      links: [{ path: '/bin', to: 'usr/bin' }],
    });
  });

  it('leads nowhere through links to the host', () => {
    expect(resolveInRoot(root, '/out')).toMatchObject({
      kind: 'absent',
      links: [{ path: '/out', to: join(outside, 'secret') }],
    });
    expect(readInRoot(root, '/out', 100)).toBeUndefined();
    expect(readInRoot(root, '/etc/outside/secret', 100)).toBeUndefined();
    expect(probeRootfs(root).list('/etc/outside')).toEqual([]);
    // The same link, followed by the host, leads there.
    expect(probeRootfs('/').read(join(root, 'out'), 100)?.toString()).toBe('of the host');
  });

  it('says where a way ends, and why', () => {
    expect(resolveInRoot(root, '/gone')).toMatchObject({
      kind: 'absent',
      path: '/no',
      links: [{ path: '/gone', to: '/no/such' }],
    });
    expect(resolveInRoot(root, '/etc/passwd/x')).toMatchObject({
      kind: 'blocked',
      path: '/etc/passwd',
    });
    expect(resolveInRoot(root, '/self')).toMatchObject({ kind: 'loop' });
    expect(resolveInRoot(root, '/chain39')).toMatchObject({ kind: 'there' });
    expect(resolveInRoot(root, '/chain40')).toMatchObject({ kind: 'loop' });
    expect(resolveInRoot(join(root, 'etc/passwd'), '/x')).toMatchObject({
      kind: 'unreadable',
      code: 'ENOTDIR',
    });
  });

  it('is never waited for: of pipes and directories nothing is read', () => {
    expect(resolveInRoot(root, '/etc/pipe')).toMatchObject({ kind: 'there' });
    expect([
      readInRoot(root, '/etc/pipe', 10),
      readInRoot(root, '/etc', 10),
      readInRoot(root, '/etc/empty', 10)?.length,
    ]).toEqual([undefined, undefined, 0]);
  });

  it('costs no descriptor that stays', () => {
    const before = readdirSync('/proc/self/fd').length;
    for (const path of ['/etc/passwd', '/self', '/gone', '/out', '/up', '/etc/passwd/x'])
      readInRoot(root, path, 10);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});
