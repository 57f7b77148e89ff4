// The released executable without the checkout: as one file with nothing beside it, for every user,
// called in every way.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const executable = join(root, 'build/release/terrarium');
const rootfs = join(root, 'fixtures/rootfs/out/default');
const printsHi = ['shell', rootfs, 'box', '--network', 'none', '--', 'echo', 'hi'];

/** Without a build the test is skipped, and names the command for it. */
function needsBuild({ skip }: TestContext): void {
  if (!existsSync(executable)) skip('not built: sudo npm run build');
  if (process.geteuid?.() !== 0) skip('needs root');
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-release-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Returns the status and the output. */
function ended(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
  return [status, stdout, stderr];
}

test('it starts a container through a symbolic link, from another directory, without an environment', (context) => {
  needsBuild(context);
  const directory = temporary();
  symlinkSync(executable, join(directory, 'box'));
  expect(ended('./box', printsHi, { cwd: directory, env: {} })).toEqual([0, 'hi\n', '']);
  expect(readdirSync(directory)).toEqual(['box']);
});

test('nothing of the directory it is started in is read, and nothing of Node', (context) => {
  needsBuild(context);
  const directory = temporary();
  writeFileSync(join(directory, 'evil.js'), 'process.exit(66);');
  writeFileSync(join(directory, '.env'), 'TERRARIUM_STATE=/nowhere\n');
  writeFileSync(join(directory, 'package.json'), 'no JSON');
  const env = { NODE_OPTIONS: '--require ./evil.js', BUN_OPTIONS: '--preload ./evil.js' };
  expect(ended(executable, printsHi, { cwd: directory, env })).toEqual([0, 'hi\n', '']);
});

test('its trace has the times of one clock', (context) => {
  needsBuild(context);
  const file = join(temporary(), 'trace');
  expect(ended(executable, ['shell', '--trace-file', file, ...printsHi.slice(1)])[0]).toBe(0);
  const { trace } = JSON.parse(readFileSync(file, 'utf8'));
  const times = trace.map((entry: { startNs: string; endNs: string }) => [
    Number(entry.startNs),
    Number(entry.endNs),
  ]);
  expect(times.length).toBeGreaterThan(20);
  const [first, last] = [Math.min(...times.flat()), Math.max(...times.flat())];
  expect((last - first) / 1e9).toBeLessThan(60);
  for (const [start, end] of times) expect(end).toBeGreaterThanOrEqual(start);
});

test('it completes words, and debugs, as the sources do', (context) => {
  needsBuild(context);
  const complete = (...words: string[]) => ended(executable, ['__complete', ...words], { env: {} });
  expect(complete('shell', '--netw')[1]).toMatch(/^--network\t.*\n:nothing\t\n$/);
  expect(ended(executable, ['completion', 'fish'])[1]).toContain('complete -c terrarium');
  const [status, stdout, stderr] = ended(executable, printsHi, { env: { TERRARIUM_DEBUG: 'ops' } });
  expect([status, stdout]).toEqual([0, 'hi\n']);
  expect(stderr).toMatch(
    /^terrarium\[\d+\] .* ms ops \w+: exec (\d+)\/\1 execve echo hi, [\d.]+ [mµ]s$/m,
  );
});

test('in a root directory without any library it starts a container, and reports errors', (context) => {
  needsBuild(context);
  const bare = temporary();
  for (const directory of ['dev', 'proc', 'sys', 'run', 'old', 'rootfs'])
    mkdirSync(join(bare, directory));
  placeIn(bare, executable, 'terrarium');
  // It becomes the root of a new mount namespace: nothing is mounted on the host or has to be
  // unmounted.
  const enter = `set -e
    mount --bind "$1" "$1" && mount --bind "$2" "$1/rootfs"
    for kernel in dev proc sys; do mount --rbind "/$kernel" "$1/$kernel"; done
    cd "$1" && pivot_root . old && /rootfs/bin/busybox umount -l /old && shift 2 && exec "$@"`;
  const inside = (...args: string[]) =>
    ended('unshare', ['--mount', 'sh', '-c', enter, 'sh', bare, rootfs, '/terrarium', ...args]);
  expect(inside('shell', '/rootfs', 'box', '--network', 'none', '--', 'echo', 'hi')).toEqual([
    0,
    'hi\n',
    '',
  ]);
  expect(inside('shell', '/missing', 'box')).toEqual([
    125,
    '',
    expect.stringMatching(/^terrarium: .*missing/),
  ]);
  expect(inside('--version')[0]).toBe(0);
});

test('without root it says that root is needed', (context) => {
  needsBuild(context);
  const [status, , said] = ended('setpriv', [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    executable,
    ...printsHi,
  ]);
  expect([status, said]).toEqual([125, expect.stringContaining('needs root')]);
});

test('eight first starts at once in a state directory do not collide', async (context) => {
  needsBuild(context);
  const env = { ...process.env, TERRARIUM_STATE: join(temporary(), 'state') };
  const all = Array.from({ length: 8 }, () =>
    spawn(executable, printsHi, { env, stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  expect(await Promise.all(all.map(async (one) => (await once(one, 'exit'))[0]))).toEqual(
    Array(8).fill(0),
  );
});

/** A hard link if possible. */
function placeIn(directory: string, file: string, path: string): void {
  const place = join(directory, path);
  mkdirSync(dirname(place), { recursive: true });
  try {
    linkSync(realpathSync(file), place);
  } catch {
    copyFileSync(file, place);
  }
}
