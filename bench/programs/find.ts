// Which of the peers' programs are here, their versions and ages, and which files they consist of.
import { spawnSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { findProgram } from '../../harness/observe/find-program.ts';

const YEAR_MS = 365 * 86_400_000;

/** @throws Error with what to install. */
export function requireProgram(name: string, debian: string): string {
  const path = findProgram(name);
  if (path !== undefined) return path;
  throw new Error(`${name} is not installed: --install-peers installs Debian's ${debian}`);
}

/** From what the program prints within two seconds. */
export function versionOf(program: string): string | undefined {
  return /\d+\.\d+[\w.+~-]*/.exec(output(program, ['--version']))?.[0];
}

/** Said of a program that was built more than a year ago: packages keep the time of the build. */
export function ageOf(program: string, now = Date.now()): string | undefined {
  const path = findProgram(program) ?? program;
  const built = statSync(path, { throwIfNoEntry: false })?.mtime;
  if (built === undefined || now - built.getTime() < YEAR_MS) return undefined;
  return `built ${built.toISOString().slice(0, 7)}, more than a year ago`;
}

/** The program and its shared libraries: what a cold start reads from disk. */
export function filesOf(program: string): string[] {
  const path = findProgram(program) ?? program;
  return librariesOf(path).map((file) => realpathSync(file));
}

/** The program and its libraries, under the names that the loader looks for. */
export function librariesOf(path: string): string[] {
  const said = output('ldd', [path]); // nothing for a static one
  return [path, ...[...said.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? [])];
}

function output(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 2000 }).stdout ?? '';
}
