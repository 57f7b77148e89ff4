// scripts/setup.sh on a machine with a problem: it reports the problem before npm's messages,
// quickly, and damages nothing. Each on a copy of this checkout.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bareCopy, fullCopy, temporary } from './checkout.ts';
import { behind, type Ended, type RunOptions, run, start } from './run.ts';

const SETUP = ['sh', 'scripts/setup.sh'];
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9/';
const quote = (path: string) => `'${path}'`;

/** Without any network. */
const offline = (cwd: string, limitS = 120) => run(['unshare', '--net', ...SETUP], { cwd, limitS });

/** A separate file system for a bare copy. */
async function mounted(options: string, then = ''): Promise<Ended> {
  const directory = temporary();
  const bare = bareCopy(join(directory, 'bare'));
  const mounts = `mount -t tmpfs -o ${options} tmpfs /mnt; cp -r ${quote(bare)}/. /mnt; cd /mnt; ${then}`;
  return run(behind(mounts, ...SETUP), { cwd: directory, limitS: 120 });
}

/** PATH with all programs of this machine except these. */
function pathWithout(directory: string, ...names: readonly string[]): string {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const place of (process.env.PATH ?? '').split(delimiter).filter((path) => existsSync(path)))
    execFileSync('sh', ['-c', 'ln -s "$1"/* "$2" 2>/dev/null || :', 'sh', place, bin]);
  execFileSync(
    'rm',
    names.map((name) => join(bin, name)),
  );
  return bin;
}

/** A lock file with another version of a package than the installed one. */
function wantAnother(copy: string): void {
  const path = join(copy, 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  lock.packages['node_modules/commander'].integrity = `sha512-${'A'.repeat(86)}==`;
  writeFileSync(path, JSON.stringify(lock));
}

const identityOf = (path: string) => [statSync(path).ino, statSync(path).mtimeMs];

test('a copy with new times is up to date at once, without a network', async () => {
  const copy = fullCopy(join(temporary(), 'copy'));
  const made = [
    ...['node_modules', 'build/terrarium.node', 'runtime/native/protocol.ts'],
    'fixtures/rootfs/out/default',
  ];
  const before = made.map((path) => identityOf(join(copy, path)));
  expect(await offline(copy)).toMatchObject({ status: 0, output: '' });
  expect(made.map((path) => identityOf(join(copy, path)))).toEqual(before);
  // The second check only compares times.
  expect((await offline(copy)).seconds).toBeLessThan(5);
  // A changed source is unrelated; it need not be built here.
  writeFileSync(join(copy, 'native/further.h'), '// new\n');
  expect((await offline(copy, 10)).output).toContain('building the native code');
});

test('without its registry it keeps installed packages, and says so within 15 s', async () => {
  const copy = fullCopy(join(temporary(), 'copy'));
  const packages = identityOf(join(copy, 'node_modules'));
  wantAnother(copy);
  const npm = { npm_config_registry: NOWHERE, npm_config_cache: join(temporary(), 'cache') };
  const { status, output, seconds } = await run(SETUP, { cwd: copy, env: npm });
  expect(output).toContain(`terrarium: the npm registry ${NOWHERE} cannot be reached\n  hint: `);
  expect(output).not.toMatch(/\bat .*:\d+:\d+/);
  expect(status).toBe(1);
  expect(seconds).toBeLessThan(15);
  expect(identityOf(join(copy, 'node_modules'))).toEqual(packages);
});

test('a registry that does not answer is named after some seconds', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const { output } = await run(SETUP, {
    cwd: bareCopy(join(temporary(), 'copy')),
    env: { npm_config_registry: url, npm_config_cache: join(temporary(), 'cache') },
    limitS: 20,
  });
  expect(output).toContain(`terrarium: still fetching packages from ${url}\n`);
});

test('a noexec mount is named before npm runs', async () => {
  const { status, output, seconds } = await mounted('noexec');
  expect(output).toBe(
    'terrarium: no program can start from /mnt: its file system is mounted noexec\n' +
      '  hint: move the checkout to a file system without that option (findmnt -T . shows it)\n',
  );
  expect(status).toBe(1);
  expect(seconds).toBeLessThan(15);
});

test('too little space is named before npm runs', async () => {
  const { status, output } = await mounted('size=100m');
  expect(output).toMatch(
    /^terrarium: only \d+ MB are free in \/mnt, and the set-up needs 700\n {2}hint: make room/,
  );
  expect(output.split('\n')).toHaveLength(3);
  expect(status).toBe(1);
});

test('a full disk is named, and a read-only one', async () => {
  const full = await mounted('size=100m', 'head -c 200m /dev/zero >fill 2>/dev/null || :');
  expect(full.output).toMatch(/^terrarium: only 0 MB are free in \/mnt, .*\n {2}hint: .*\n$/);
  expect(full.status).toBe(1);
  const readOnly = await mounted('size=1g', 'mount -o remount,ro /mnt');
  expect(readOnly.output).toMatch(
    /^terrarium: cannot write to \/mnt\/build\n {2}hint: .*read-only/,
  );
  expect(readOnly.status).toBe(1);
});

test('reports a copy hidden by its owner’s umask', async () => {
  const directory = temporary();
  chmodSync(directory, 0o755);
  const copy = fullCopy(join(directory, 'copy'));
  chmodSync(join(copy, 'node_modules'), 0o700);
  const options = { cwd: copy, user: 65534 };
  for (const command of [
    ['bin/terrarium', '--version'],
    ['sh', 'scripts/check.sh'],
  ]) {
    const { status, output } = await run(command, options);
    expect(output).toContain(`node_modules: its owner's umask hides it\n`);
    expect(output).toContain(`  hint: as its owner or root: chmod -R go+rX '${copy}'\n`);
    expect(status).not.toBe(0);
  }
  // The suggested command works.
  execFileSync('chmod', ['-R', 'go+rX', join(copy, 'node_modules')]);
  const { output } = await run(['bin/terrarium', '--version'], options);
  expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('lists a missing static library without apt', async () => {
  const directory = temporary();
  const copy = bareCopy(join(directory, 'copy'));
  const found = execFileSync('gcc', ['-print-file-name=libseccomp.a'], { encoding: 'utf8' });
  const libraries = join(
    execFileSync('readlink', ['-f', found.trim()], { encoding: 'utf8' }),
    '..',
  );
  const env = { PATH: pathWithout(directory, 'apt-get') };
  // A whiteout of overlayfs hides it.
  const hidden = `mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work
    mknod /mnt/upper/libseccomp.a c 0 0
    mount -t overlay -o lowerdir=${libraries},upperdir=/mnt/upper,workdir=/mnt/work overlay ${libraries}`;
  const without = await run(behind(hidden, ...SETUP), { cwd: copy, env });
  expect(without.output).toMatch(
    /^terrarium: missing: libseccomp\.a\. Without apt, install them yourself:\n/,
  );
  expect(without.output).toContain('libseccomp-static');
  expect(without.status).toBe(1);
  expect(existsSync(join(copy, 'node_modules'))).toBe(false);
});

/** Waits until set-up has begun to assemble packages. */
async function untilFetching(copy: string): Promise<void> {
  const stage = join(copy, 'build/npm-stage/node_modules');
  await expect.poll(() => existsSync(stage), { timeout: 60_000 }).toBe(true);
}

test('Ctrl-C says how to go on, leaves no process, and the next set-up does', async () => {
  const copy = bareCopy(join(temporary(), 'copy'));
  const options: RunOptions = { cwd: copy };
  const first = start(SETUP, options);
  await untilFetching(copy);
  process.kill(-(first.child.pid ?? 0), 'SIGINT');
  const { status, output } = await first.ended;
  expect(output).toMatch(/terrarium: set-up interrupted: the next one continues here\n$/);
  expect(status).toBe(130);
  const left = execFileSync('sh', ['-c', 'readlink /proc/[0-9]*/cwd 2>/dev/null || :'], {
    encoding: 'utf8',
  });
  expect(left).not.toContain(copy);
  const again = await run(SETUP, options);
  expect(again).toMatchObject({ status: 0 });
  expect(await offline(copy)).toMatchObject({ status: 0, output: '' });
});

test('a HOME that cannot be written is no obstacle', async () => {
  const copy = bareCopy(join(temporary(), 'copy'));
  const home = temporary();
  const readOnly = `mount --bind ${quote(home)} ${quote(home)}; mount -o remount,bind,ro ${quote(home)}`;
  const { status, output } = await run(behind(readOnly, ...SETUP), {
    ...{ cwd: copy, env: { HOME: home } },
  });
  expect(output).not.toMatch(/EROFS|ENOENT|failed/);
  expect(status).toBe(0);
});
