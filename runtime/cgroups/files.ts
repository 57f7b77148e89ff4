// Reading and writing cgroup files: small texts, synchronously, never created.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { pathOf } from '../base/bytes.ts';

/**
 * A file's text without its last newline; undefined when the file or the group is not there. Throws
 * any other error.
 */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(pathOf(path), 'utf8').trimEnd();
  } catch (error) {
    // ENODEV: the group was removed between opening and reading.
    if (isErrno(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

/**
 * One write(2): the kernel takes a value as a whole or refuses it. Without O_CREAT, so a missing
 * file is ENOENT.
 */
export function writeFile(path: string, value: string): void {
  const descriptor = openSync(pathOf(path), constants.O_WRONLY);
  try {
    writeSync(descriptor, value);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether it is a system call's error, with one of these codes if any are given. */
export function isErrno(
  error: unknown,
  ...codes: readonly string[]
): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    (codes.length === 0 || codes.includes(error.code))
  );
}
