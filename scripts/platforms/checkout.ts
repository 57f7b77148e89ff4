// Copies of this checkout in another place: below it, Node would find its packages.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { filesOf } from '../../harness/reporter/content.ts';

export const ROOT = join(import.meta.dirname, '../..');
/** Kept between runs: root file systems, downloads. */
export const KEPT = join(ROOT, 'build/platforms');

/** A directory removed after the test. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-platforms-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Not set up: the files of a `git clone`, without history. */
export function bareCopy(directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const { path } of filesOf(ROOT)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    cpSync(join(ROOT, path), join(directory, path));
  }
  return directory;
}

/** Set up and copied by `cp -r`, with new times. The packages are hard links. */
export function fullCopy(directory: string): string {
  bareCopy(directory);
  execFileSync('sh', [
    '-euc',
    `cp -al "$1/node_modules" "$2" 2>/dev/null || cp -a "$1/node_modules" "$2"
    mkdir -p "$2/build" "$2/fixtures/rootfs"
    cp -r "$1"/build/stamps "$1"/build/terrarium* "$2/build"
    cp "$1/runtime/native/protocol.ts" "$2/runtime/native"
    cp -r "$1/fixtures/rootfs/out" "$2/fixtures/rootfs"
    # The only package that the native code needs.
    cd "$2/node_modules" && cp -r node-api-headers renewed && rm -r node-api-headers &&
      mv renewed node-api-headers`,
    ...['sh', ROOT, directory],
  ]);
  return directory;
}
