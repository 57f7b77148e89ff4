// The newest runc and crun that Debian has, by an apt configuration of our own: private copies with
// the C library that they were built for, so that they are started as they are, without a wrapper.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, Suite } from '../../fixtures/debian/apt.ts';
import { PATHS } from '../../kernels/fetch/paths.ts';
import { messageOf } from '../../runtime/base/errors.ts';
import { requireProgram } from './find.ts';

const SUITE = 'sid';

/**
 * Paths by name, and for a name without a path the reason as `NAME why`: being offline is no reason
 * not to measure the others.
 */
export async function fetchNewest(
  names: readonly string[],
  directory: string,
  say: (line: string) => void,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    try {
      found[name] = await fetchOne(name, directory, say);
    } catch (error) {
      found[`${name} why`] = messageOf(error);
    }
  }
  return found;
}

/** In a directory of its own, complete or made again. */
async function fetchOne(name: string, directory: string, say: (line: string) => void) {
  const suite = new Suite(SUITE, PATHS.apt);
  await suite.update(say);
  const packages = await withLibraries(name, suite);
  const version = packages[0]?.version.replaceAll(/[^\w.+~-]/g, '_');
  const place = join(directory, `${name}_${version}`);
  if (!existsSync(join(place, 'complete'))) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    for (const one of packages)
      execFileSync('dpkg-deb', ['-x', await suite.download(one, say), place]);
    useItsOwnLibraries(programIn(place, name), join(place, 'usr/lib/x86_64-linux-gnu'));
    writeFileSync(join(place, 'complete'), '');
  }
  return programIn(place, name);
}

function programIn(place: string, name: string): string {
  const paths = ['usr/bin', 'usr/sbin'].map((bin) => join(place, bin, name));
  const path = paths.find((file) => existsSync(file));
  if (path === undefined) throw new Error(`Debian's package ${name} has no program ${name}`);
  return path;
}

/** The package, and of what it depends on the libraries, all the way down. */
async function withLibraries(name: string, suite: Suite): Promise<Package[]> {
  const names = new Set([name]);
  const packages: Package[] = [];
  for (const each of names) {
    const one = await suite.show(each);
    packages.push(one);
    for (const other of one.depends) if (/^lib/.test(other)) names.add(other);
  }
  return packages;
}

/** By its loader and library path, also for the libraries' own. The time of the build stays. */
function useItsOwnLibraries(program: string, libraries: string): void {
  const { atime, mtime } = statSync(program);
  const loader = join(libraries, 'ld-linux-x86-64.so.2');
  const options = ['--force-rpath', '--set-interpreter', loader, '--set-rpath', libraries, program];
  execFileSync(requireProgram('patchelf', 'patchelf'), options);
  utimesSync(program, atime, mtime);
}
