// Error numbers of the kernel: their names and what they mean, from Node's own table where it has them.
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Those that libuv's table leaves out and that this runtime meets: errno(3). */
const FURTHER: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  // Linux gives EWOULDBLOCK the same number; this is the name that man pages use.
  11: ['EAGAIN', 'resource temporarily unavailable'],
  8: ['ENOEXEC', 'exec format error'],
  16: ['EBUSY', 'resource busy or locked'],
  40: ['ELOOP', 'too many symbolic links encountered'],
  42: ['ENOMSG', 'no message of the desired type'],
  107: ['ENOTCONN', 'socket is not connected'],
};

/** `EPERM` for 1. */
export function errnoName(errno: number): string {
  return FURTHER[errno]?.[0] ?? NAMES.get(errno) ?? `errno ${errno}`;
}

/** `operation not permitted` for 1. */
export function errnoMeaning(errno: number): string {
  const further = FURTHER[errno]?.[1];
  if (further) return further;
  try {
    return getSystemErrorMessage(-errno) ?? `error number ${errno}`;
  } catch {
    return `error number ${errno}`;
  }
}
