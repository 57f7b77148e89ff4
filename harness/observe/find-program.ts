// Finds a program of the host: in PATH, then in root's directories.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's directories of programs; an ordinary user's PATH lacks some of them. */
export const SYSTEM_DIRECTORIES: readonly string[] = [
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
];

/** PATH's directories, then `SYSTEM_DIRECTORIES`. */
function searched(): string[] {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...path, ...SYSTEM_DIRECTORIES];
}

/** The first executable file of this name; undefined without one. */
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
