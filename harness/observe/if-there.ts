// Contents of a path, or nothing if it is gone: processes exit at any time.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Names in a directory. */
export function namesIfThere(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The target of a symbolic link. */
export function linkIfThere(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The text of a file. */
export function textIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
