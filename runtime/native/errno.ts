// Error numbers of the kernel: their names and what they mean, from Node's own table where it has
// them.
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { TerrariumError } from '../base/errors.ts';

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

/** What a system call's failure is made of. `errno` is positive. */
export interface SystemFailure {
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;
}

/** Of an error from Node (whose `errno` is negative) or the addon; undefined for every other. */
export function systemFailure(error: unknown): SystemFailure | undefined {
  // What was explained already is not explained again.
  if (error instanceof TerrariumError) return undefined;
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number'))
    return undefined;
  const text = (name: 'syscall' | 'path') => {
    const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value;
    // A path with bytes that are no text is better left out.
    return typeof value === 'string' && !value.includes('\ufffd') ? value : undefined;
  };
  // Netlink's refusals are the ones without a call.
  return {
    errno: Math.abs(error.errno),
    syscall: text('syscall') ?? 'sendto',
    path: text('path'),
  };
}
