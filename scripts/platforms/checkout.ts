// Copies of this checkout, elsewhere: below it, Node would find its packages.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** What is kept between runs: root file systems, downloads. */
export const KEPT = join(ROOT, 'build/platforms');

/** What set-up makes. */
const MADE = ['node_modules', 'build', 'reports/out', 'fixtures/rootfs/out'];

/** The project's own files, as they are now. An unpacked submission has no git to name them. */
function ownFiles(): string[] {
  const [program = '', ...args] = existsSync(join(ROOT, '.git'))
    ? ['git', '-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard']
    : [
        'find',
        '.',
        ...MADE.flatMap((path) => ['-path', `./${path}`, '-prune', '-o']),
        '-type',
        'f',
        '-print',
      ];
  return execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

/** Changes with any of the project's files. */
export function identity(): string {
  const hash = createHash('sha256');
  for (const file of ownFiles().sort())
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** A directory of this test's own, gone with it. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-platforms-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Nothing is set up: what `git clone` makes, without its history. */
export function bareCopy(directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const file of ownFiles()) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(ROOT, file), join(directory, file));
  }
  return directory;
}

/** Set up, as `cp -r` makes it: every file has a new time. The packages take no space of their own. */
export function fullCopy(directory: string): string {
  bareCopy(directory);
  execFileSync('sh', [
    '-euc',
    `cp -al "$1/node_modules" "$2" 2>/dev/null || cp -a "$1/node_modules" "$2"
    mkdir -p "$2/build" "$2/fixtures/rootfs"
    cp -r "$1"/build/stamps "$1"/build/terrarium* "$2/build"
    cp -r "$1/fixtures/rootfs/out" "$2/fixtures/rootfs"
    # The one package that native code is made of.
    cd "$2/node_modules" && cp -r node-api-headers renewed && rm -r node-api-headers &&
      mv renewed node-api-headers`,
    ...['sh', ROOT, directory],
  ]);
  return directory;
}
