// What node:fs answers with, as text that stands for bytes: names, links and files whose content
// others chose. See ../bytes.ts.
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeBytes, pathOf } from '../base/bytes.ts';

/** @throws Node's error, as all of these. */
export function readText(path: string): string {
  return decodeBytes(readFileSync(pathOf(path)));
}

/** Names in a directory, in its own order. */
export function namesIn(path: string): string[] {
  return readdirSync(pathOf(path), { encoding: 'buffer' }).map(decodeBytes);
}

/** What a symbolic link says. */
export function linkOf(path: string): string {
  return decodeBytes(readlinkSync(pathOf(path), { encoding: 'buffer' }));
}

/** Not about the file: the same read succeeds when there is room again. */
const SHORTAGES: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM'];

export function isShortage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && SHORTAGES.includes(error.code);
}

/**
 * Undefined when the error says that there is nothing: no such file, or the process has ended.
 *
 * @throws the error otherwise: what cannot be looked at may well be there
 */
export function absentOr(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH') return undefined;
  throw error;
}

/**
 * `readText`, or undefined where there is nothing to read.
 *
 * @throws Node's error when descriptors or memory are used up: a feature must not seem absent then
 */
export function textIfReadable(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}

/**
 * Makes a directory and those above it; nothing where there is one. Not mkdirSync's `recursive`:
 * that tries for ever where a parent is there and mkdir(2) still says ENOENT, as below /proc.
 */
export function makeDirectories(path: string, mode: number): void {
  if (codeOfMaking(path, mode) !== 'ENOENT') return;
  makeDirectories(dirname(path), mode);
  mkdirSync(pathOf(path), mode);
}

/** EEXIST and ENOENT; every other error is thrown. */
function codeOfMaking(path: string, mode: number): string | undefined {
  try {
    mkdirSync(pathOf(path), mode);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'ENOENT') return code;
    throw error;
  }
}
