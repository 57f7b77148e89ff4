// `--list`: kernels, their layouts, and which packages are downloaded.
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogueKernel, isArm64 } from '../fetch/catalogue.ts';
import { PATHS } from '../fetch/paths.ts';

export function listing(kernels: readonly CatalogueKernel[]): string {
  const rows = kernels.map(({ name, suite, layouts, packages, why, ...kernel }) => [
    name,
    layouts.join(' '),
    suite,
    here(isArm64(kernel) ? `${suite}-arm64` : suite, packages),
    why,
  ]);
  const all = [['host', 'its own', '', 'this machine', 'no guest'], ...rows];
  const widths = [0, 1, 2, 3].map((index) =>
    Math.max(...all.map((row) => row[index]?.length ?? 0)),
  );
  return all
    .map((row) =>
      row
        .map((word, index) => word.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The newest downloaded package, and its size with the packages that belong to it. */
function here(suite: string, pattern: RegExp): string {
  const place = join(PATHS.apt, suite, 'packages');
  const packages = globSync('*.deb', { cwd: place });
  const images = packages.filter((file) => pattern.test(file.replace(/\.deb$/, '')));
  const newest = images.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest === undefined) return 'to be downloaded';
  const version = newest.replace(/^linux-image-/, '');
  const bytes = packages
    .filter((file) => file.endsWith(version))
    .reduce((sum, file) => sum + statSync(join(place, file)).size, 0);
  return `${version.replace(/-(amd64|arm64)\.deb$|\.deb$/, '')} (${Math.round(bytes / 1e6)} MB)`;
}
