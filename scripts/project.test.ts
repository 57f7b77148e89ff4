// The project's documents and its git attributes.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Names after a folder and a colon are in it: `runtime/config/`: `options.ts`, `shape.ts`. */
function pathsNamed(text: string): string[] {
  const paths: string[] = [];
  let folder = '';
  const named = /`([\w./-]+\/|[\w./-]+\.(?:ts|md|sh|c|cc|h|gdb|css|yml))`(:?)/g;
  for (const [, path = '', colon] of text.matchAll(named)) {
    if (path.endsWith('/')) folder = colon === '' ? '' : path;
    paths.push(path.includes('/') || !folder ? path : folder + path);
  }
  return paths;
}

const tracked = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
test.each(tracked)('the paths that %s names exist', (file) => {
  const paths = pathsNamed(read(file)).filter((path) => !path.includes('NAME'));
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
test.each(documents)('the paths and commands that %s names exist', (file) => {
  const text = read(file);
  // Paths of the repository begin with a folder of it; runs create what is in build/ and out/.
  const paths = pathsNamed(text).filter(
    (path) =>
      existsSync(join(root, path.split('/')[0] ?? '')) && !/^build\/|\/out\/|NAME/.test(path),
  );
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const scripts = JSON.parse(read('package.json')).scripts;
  const typed = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name);
  expect(typed.filter((name) => !(name in scripts))).toEqual([]);
});

test('lines of prose have at most 100 columns', () => {
  const long = [...documents, ...tracked].flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, at) =>
        line.length > 100 && !/^\||^terrarium\[|https?:/.test(line) ? [`${file}:${at + 1}`] : [],
      ),
  );
  expect(long).toEqual([]);
});

test('a missing path is found', () => {
  expect(pathsNamed('`runtime/cli/`: `no.ts`, then `docs/gone.md`')).toEqual([
    'runtime/cli/',
    'runtime/cli/no.ts',
    'docs/gone.md',
  ]);
});

test('every command that CONTRIBUTING.md types is a script of the package', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const typed = [...read('CONTRIBUTING.md').matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name);
  expect(typed.length).toBeGreaterThan(5);
  for (const name of typed) expect(scripts).toContain(name);
});

test('the license is the one that package.json names, and has a holder', () => {
  expect(JSON.parse(read('package.json')).license).toBe('MIT');
  expect(read('LICENSE')).toMatch(/^MIT License\n\nCopyright \(c\) \d{4} the Terrarium authors\n/);
});

// Needs git, which an unpacked submission lacks.
test.skipIf(!existsSync(join(root, '.git')))(
  'no file is left out of a submission, and no seed of a fuzzer is changed',
  () => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', `safe.directory=${root}`, ...words], {
        cwd: root,
        encoding: 'utf8',
      });
    const files = git('ls-files', '-z').split('\0').filter(Boolean);
    const attributes = execFileSync(
      'git',
      [
        '-c',
        `safe.directory=${root}`,
        'check-attr',
        '--stdin',
        '-z',
        'export-ignore',
        'text',
        'eol',
      ],
      { cwd: root, encoding: 'utf8', input: files.join('\0') },
    ).split('\0');
    const of = (name: string) =>
      Object.fromEntries(
        attributes.flatMap((each, at) =>
          attributes[at + 1] === name && at % 3 === 0 ? [[each, attributes[at + 2]]] : [],
        ),
      );
    expect(new Set(Object.values(of('export-ignore')))).toEqual(new Set(['unspecified']));
    const seeds = Object.entries(of('text')).filter(([path]) => path.includes('/seeds/'));
    expect(seeds.length).toBeGreaterThan(0);
    expect(new Set(seeds.map(([, value]) => value))).toEqual(new Set(['unset']));
    expect(of('eol')['bin/terrarium']).toBe('lf');
  },
);
