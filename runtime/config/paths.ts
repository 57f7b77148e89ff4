// Paths as text: absolute, without `..`, in their shortest form. Whether something is there is for
// others to find out.
import { normalize } from 'node:path';
import { byteLength, isBytes } from '../base/bytes.ts';
import type { Parsed } from './problems.ts';

/** PATH_MAX with its NUL byte is 4096 (path_resolution(7)). */
const LONGEST = 4095;

/** An absolute path without `..`, NUL bytes, doubled or trailing slashes. */
export function parsePath(path: string, where: 'on the host' | 'in the container'): Parsed<string> {
  if (path === '') return { problem: 'is an empty path' };
  if (!isText(path)) return { problem: 'has a character that no path can have' };
  if (!path.startsWith('/'))
    return { problem: 'is not an absolute path', hint: `give the whole path ${where}, from /` };
  if (path.split('/').includes('..'))
    return { problem: 'goes up with ..', hint: 'give the path it leads to' };
  if (byteLength(path) > LONGEST) return { problem: `is longer than ${LONGEST} bytes` };
  const shortest = normalize(path);
  return {
    value: shortest.length > 1 && shortest.endsWith('/') ? shortest.slice(0, -1) : shortest,
  };
}

/** Is `path` the directory itself or something below it? Both in their shortest form. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}

/**
 * Can be passed to the kernel unchanged: no NUL byte, and no half character that stands for no
 * byte.
 */
export function isText(text: string): boolean {
  return !text.includes('\0') && isBytes(text);
}
