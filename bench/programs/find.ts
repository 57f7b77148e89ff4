// Which of the peers' programs are here, what they call their version, and which files they are
// made of.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Absolute path, or undefined when it is not installed. Looks where root's programs are as well,
 * whatever PATH says.
 */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(':').filter(Boolean), ...DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** @throws Error with what to install. */
export function requireProgram(name: string, debian: string | undefined): string {
  const path = findProgram(name);
  if (path !== undefined) return path;
  const how =
    debian === undefined
      ? 'Debian has no package of it'
      : `--install-peers installs Debian's ${debian}`;
  throw new Error(`${name} is not installed: ${how}`);
}

/**
 * The first line with a number in it that the program says of itself; undefined when it says none
 * within two seconds.
 */
export function versionOf(name: string): string | undefined {
  try {
    const said = execFileSync(name, ['--version'], {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /\d+\.\d+[\w.+~-]*/.exec(said)?.[0];
  } catch {
    return undefined;
  }
}

/** The program and its shared libraries: what has to be read from disk for a cold start. */
export function filesOf(program: string): string[] {
  const path = findProgram(program);
  if (path === undefined) return [];
  try {
    const said = execFileSync('ldd', [path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const libraries = [...said.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? []);
    return [path, ...libraries].map((file) => realpathSync(file));
  } catch {
    return [realpathSync(path)]; // static
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
