// Whether node_modules matches package-lock.json: then nothing must be installed, independent of
// file times. usage: installed.ts; exit status 0 or 1.
import { readFileSync } from 'node:fs';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
}

/** By path below the project, as in npm's lock files (lockfileVersion 3). */
type Packages = Readonly<Record<string, Package>>;

function packagesOf(path: string): Packages {
  const { packages }: { packages: Packages } = JSON.parse(readFileSync(path, 'utf8'));
  return packages;
}

/** Optional packages may be missing, such as those of other machines. */
export function matches(wanted: Packages, installed: Packages): boolean {
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (path === '') return true;
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

if (import.meta.main) {
  try {
    const wanted = packagesOf('package-lock.json');
    process.exitCode = matches(wanted, packagesOf('node_modules/.package-lock.json')) ? 0 : 1;
  } catch {
    process.exitCode = 1;
  }
}
