// Names and meanings of the kernel's error numbers, from Node's table where it has them.
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { TerrariumError } from '../base/errors.ts';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Errors that occur here and that libuv's table lacks: errno(3). */
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

/** A failed system call. `errno` is positive. */
export interface SystemFailure {
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;
}

/** Of an error from Node (whose `errno` is negative) or the addon; undefined for every other. */
export function systemFailure(error: unknown): SystemFailure | undefined {
  // It has its explanation already.
  if (error instanceof TerrariumError) return undefined;
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number'))
    return undefined;
  const text = (name: 'syscall' | 'path') => {
    const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value;
    // Leave out a path that is not UTF-8.
    return typeof value === 'string' && !value.includes('\ufffd') ? value : undefined;
  };
  // Only netlink errors name no call.
  return {
    errno: Math.abs(error.errno),
    syscall: text('syscall') ?? 'sendto',
    path: text('path'),
  };
}
