// What is at a path, or nothing where it has gone: processes end while one looks.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Names in a directory. */
export function namesIfThere(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** What a symbolic link says. */
export function linkIfThere(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** What a file says. */
export function textIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
