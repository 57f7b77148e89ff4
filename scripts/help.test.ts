// `npm run X -- --help` on a bare clone, without packages, compiler or root, prints only help.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liars, variants } from '../fixtures/subjects/variants.ts';
import about from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const clone = mkdtempSync(join(tmpdir(), 'terrarium-clone-'));

let before = '';

beforeAll(() => {
  const list = spawnSync('git', ['-c', 'safe.directory=*', 'ls-files'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = list.status === 0 ? list.stdout.trim().split('\n') : [];
  // An unpacked submission has no git: then the folders of the commands.
  for (const file of files.length > 0 ? files : ['scripts', 'package.json', 'bench', 'kernels'])
    cpSync(join(root, file), join(clone, file), { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', clone]);
  before = everything();
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

function everything(): string {
  const found = spawnSync('find', ['.', '-printf', '%p %s %T@\n'], {
    cwd: clone,
    encoding: 'utf8',
  });
  return found.stdout;
}

function run(command: string, ...more: readonly string[]) {
  return spawnSync('/bin/sh', ['-c', `${command} "$@"`, 'sh', ...more], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
    uid: 65534,
  });
}

test.each(Object.entries(about.scripts))('%s --help', (name, command) => {
  for (const arguments_ of [['--help'], ['-h'], ['--baseline', 'x', '--help']]) {
    const { stdout, stderr, status } = run(command, ...arguments_);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.split('\n', 1)[0]).toContain(name === 'test' ? 'npm test' : `npm run ${name}`);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  }
  expect(everything()).toBe(before);
});

test('--help after -- belongs to the container', () => {
  const { stderr, status } = run(about.scripts.shell, '--', 'ls', '--help');
  expect(stderr).toContain('only root');
  expect(status).toBe(1);
});

test('the help of subjects names each of them', () => {
  const { stdout } = run(about.scripts.subjects, '--help');
  const [, lacking = '', lying = ''] = stdout.slice(stdout.indexOf('  NAME ')).split(';');
  const namesIn = (list: string) => list.match(/(?<=-)\w+(?=,|$)/g);
  expect(namesIn(lacking)).toEqual(Object.keys(variants));
  expect(namesIn(lying)).toEqual(Object.keys(liars));
});
