// Where a program of the host is: by PATH, and where root's programs are.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian has its programs, an ordinary user's PATH or not. */
export const SYSTEM_DIRECTORIES: readonly string[] = [
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
];

/** PATH's directories, then `SYSTEM_DIRECTORIES`. */
function searched(): string[] {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...path, ...SYSTEM_DIRECTORIES];
}

/** The first executable file of this name; undefined when there is none. */
export function findProgram(
  name: string,
  directories: readonly string[] = searched(),
): string | undefined {
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
