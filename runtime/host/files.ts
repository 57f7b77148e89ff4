// What node:fs answers with, as text that stands for bytes: names, links and files whose content others chose. See ../bytes.ts.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { decodeBytes, pathOf } from '../bytes.ts';

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

/** `readText`, or undefined where there is nothing to read. */
export function textIfReadable(path: string): string | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}
