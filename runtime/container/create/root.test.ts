// A root file system of its own for each test: what is read-only in it, and where a mount's target
// is made.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelOpError } from '../../base/errors.ts';
import { readHostFacts } from '../../host/read.ts';
import type { RunOptions } from '../../options/index.ts';
import { example, Pipe } from '../example-container.ts';
import { run } from '../run.ts';

const WITHOUT_STRACE = spawnSync('strace', ['-V']).status !== 0;
const ENTRY = join(import.meta.dirname, '../../index.ts');
const BIN = join(import.meta.dirname, '../../../fixtures/rootfs/out/default/bin');

describe.skipIf(readHostFacts().euid !== 0)('a root file system (needs root)', () => {
  let place = '';
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'terrarium-root-'));
  });
  afterAll(() => rmSync(place, { recursive: true }));

  function root(...directories: string[]): string {
    const path = join(place, randomBytes(4).toString('hex'));
    for (const name of ['proc', 'sys', 'dev', 'etc', ...directories])
      mkdirSync(join(path, name), { recursive: true });
    cpSync(BIN, join(path, 'bin'), { recursive: true, verbatimSymlinks: true });
    return path;
  }

  function file(text: string): string {
    const path = join(place, randomBytes(4).toString('hex'));
    writeFileSync(path, text);
    return path;
  }

  async function output(rootfs: string, script: string, options: Partial<RunOptions> = {}) {
    using pipe = new Pipe();
    const stdio = [pipe.fd, pipe.fd, pipe.fd] as const;
    const { exitCode } = await run({
      ...example('/bin/sh', '-c', script),
      rootfs,
      stdio,
      ...options,
    });
    return { exitCode, text: pipe.text.trimEnd() };
  }

  it('is read-only with all that is mounted below it, and nothing is made on disk', async () => {
    const rootfs = root('mnt');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(rootfs, 'mnt')]);
    try {
      const script = 'for d in / /etc /mnt; do (: > $d/x) 2>/dev/null && echo $d; done; pwd; true';
      expect(await output(rootfs, script)).toEqual({ exitCode: 0, text: '/\n/etc\n/mnt\n/' });
      for (const directory of ['', 'etc', 'mnt']) rmSync(join(rootfs, directory, 'x'));
      const readOnly = await output(rootfs, script, { readOnly: true });
      expect(readOnly).toEqual({ exitCode: 0, text: '/' });
    } finally {
      execFileSync('umount', [join(rootfs, 'mnt')]);
    }
  });

  it.skipIf(WITHOUT_STRACE)('is so on a kernel without mount_setattr(2), too', () => {
    const rootfs = root('mnt');
    const below = join(rootfs, 'mnt');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', below]);
    mkdirSync(join(below, 'a b'));
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(below, 'a b')]);
    try {
      const script = 'touch /x "/mnt/a b/x" "/srv/a b/x" 2>&1; touch /dev/x && echo in /dev';
      const options = {
        ...example('/bin/sh', '-c', script),
        ...{ rootfs, readOnly: true, volumes: [`${below}:/srv:ro`], stdio: 'inherit' },
      };
      mkdirSync(join(rootfs, 'srv'));
      const source = `import { run } from '${ENTRY}'; await run(${JSON.stringify(options)});`;
      const old = ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=mount_setattr:error=ENOSYS'];
      const node = [process.execPath, '--input-type=module', '--eval', source];
      const text = execFileSync('strace', [...old, ...node], { encoding: 'utf8' });
      expect(text.match(/Read-only file system/g)).toHaveLength(3);
      expect(text).toContain('in /dev');
    } finally {
      execFileSync('umount', [join(below, 'a b'), below]);
    }
  });

  it('that is read-only makes no place to mount on, and none to start in', async () => {
    const rootfs = root('mnt');
    const volumes = [`${file('text')}:/mnt/below`];
    const refused = run({ ...example('/bin/true'), rootfs, readOnly: true, volumes });
    await expect(refused).rejects.toThrow(KernelOpError);
    await expect(refused).rejects.toMatchObject({
      fields: { code: 'EROFS' },
      hint: expect.stringContaining('--read-only'),
    });
    expect(readdirSync(join(rootfs, 'mnt'))).toEqual([]);
    const lost = run({ ...example('/bin/true'), rootfs, readOnly: true, workdir: '/nowhere' });
    await expect(lost).rejects.toMatchObject({ fields: { code: 'ENOENT', syscall: 'chdir' } });
    expect(existsSync(join(rootfs, 'nowhere'))).toBe(false);
    const inVolume = { readOnly: true, tmpfs: ['/mnt'], workdir: '/mnt/made' };
    expect(await output(rootfs, 'pwd', inVolume)).toEqual({ exitCode: 0, text: '/mnt/made' });
  });

  it('that is read-only and lacks /proc says what to make', async () => {
    const rootfs = root();
    rmSync(join(rootfs, 'proc'), { recursive: true });
    await expect(run({ ...example('/bin/true'), rootfs, readOnly: true })).rejects.toMatchObject({
      fields: { code: 'EROFS' },
      hint: expect.stringMatching(/no \/proc .*make it before/),
    });
  });

  it('has a volume where a dangling link leads, and never outside', async () => {
    const rootfs = root();
    const at = (path: string) => join(rootfs, path);
    const source = file('zone');
    const volume = (target: string) => ({ volumes: [`${source}:${target}:ro`] });
    symlinkSync('/usr/share/zoneinfo/Tokyo', at('etc/localtime'));
    symlinkSync('../../../../../../../../outside-of-it/file', at('etc/up'));
    symlinkSync('/var/lib', at('data'));
    symlinkSync('second', at('etc/first'));
    symlinkSync('/run/third', at('etc/second'));
    const cases = {
      '/etc/localtime': 'usr/share/zoneinfo/Tokyo',
      '/etc/up': 'outside-of-it/file',
      '/data/app/file': 'var/lib/app/file',
      '/etc/first': 'run/third',
    };
    for (const [target, made] of Object.entries(cases)) {
      expect(await output(rootfs, `cat ${target}`, volume(target))).toMatchObject({ text: 'zone' });
      expect(lstatSync(at(made)).isFile()).toBe(true);
      expect(readFileSync(at(made), 'utf8')).toBe('');
    }
    expect(existsSync('/outside-of-it')).toBe(false);
    symlinkSync('loop', at('etc/loop'));
    await expect(
      run({ ...example('/bin/true'), rootfs, ...volume('/etc/loop') }),
    ).rejects.toMatchObject({ fields: { code: 'ELOOP' } });
  });

  it('has a working directory where a dangling link leads', async () => {
    const rootfs = root();
    symlinkSync('/srv/www', join(rootfs, 'www'));
    expect(await output(rootfs, 'pwd', { workdir: '/www' })).toEqual({
      exitCode: 0,
      text: '/srv/www',
    });
  });

  it('resolves its own name, also where the image has no /etc/hosts', async () => {
    const rootfs = root();
    const named = { hostname: 'web.example.org', network: 'veth' } as const;
    const names = await output(rootfs, 'cat /etc/hosts; ls -l /etc/hosts', named);
    expect(names.text).toMatch(
      /^127.0.0.1\tlocalhost\n(.*\n)+198\.1[89]\.\S+\tweb.example.org web\n/,
    );
    expect(names.text).toMatch(/^-rw-r--r-- +1 0 +0 /m);
    // The place is there from now on, and the file over it gone.
    expect(readFileSync(join(rootfs, 'etc/hosts'), 'utf8')).toBe('');
    const readOnly = await output(rootfs, 'tail -n 1 /etc/hosts', { readOnly: true });
    expect(readOnly.text).toBe('127.0.1.1\tbox');
  });

  it('keeps its /etc/hosts where the caller mounts one, or nothing can be mounted', async () => {
    const rootfs = root();
    const given = { volumes: [`${file('1.2.3.4 mine')}:/etc/hosts:ro`] };
    expect((await output(rootfs, 'cat /etc/hosts', given)).text).toBe('1.2.3.4 mine');
    rmSync(join(rootfs, 'etc/hosts'));
    const missing = await output(rootfs, 'ls /etc', { readOnly: true });
    expect(missing).toEqual({ exitCode: 0, text: '' });
    mkdirSync(join(rootfs, 'etc/hosts'));
    expect((await output(rootfs, 'ls -d /etc/hosts/')).text).toBe('/etc/hosts/');
    rmSync(join(rootfs, 'etc/hosts'), { recursive: true });
    symlinkSync('hosts', join(rootfs, 'etc/hosts'));
    expect((await output(rootfs, 'echo started')).text).toBe('started');
  });

  it('lets a user ping and serve on a low port, in a network that is its own', async () => {
    const script =
      'cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start';
    const own = await output(root(), script);
    expect(own.text.split(/\s+/)).toEqual(['0', '2147483647', '0']);
    const before = ['ping_group_range', 'ip_unprivileged_port_start'].map((name) =>
      readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim(),
    );
    const shared = await output(root(), script, { network: 'host' });
    expect(shared.text).toBe(before.join('\n'));
  });

  it('says why a script that names /proc/self/exe does not run', async () => {
    const rootfs = root();
    writeFileSync(join(rootfs, 'bin/itself'), '#!/proc/self/exe\n', { mode: 0o755 });
    for (const init of [false, true]) {
      const itself = await output(rootfs, '', { command: ['itself'], init });
      expect(itself.exitCode).toBe(126);
      expect(itself.text).toContain('names /proc/self/exe as its interpreter');
    }
    expect(await output(rootfs, 'itself; echo $?')).not.toMatchObject({ text: '126' });
  });
});
