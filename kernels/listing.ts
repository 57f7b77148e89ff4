// What `--list` prints: kernels, their layouts, what is here already.
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogueKernel } from './catalogue.ts';
import { PLACES } from './places.ts';

export function listing(kernels: readonly CatalogueKernel[]): string {
  const rows = kernels.map(({ name, suite, layouts, packages, why }) => [name, layouts.join(' '), suite, here(suite, packages), why]);
  const all = [['host', 'its own', '', 'this machine', 'no guest'], ...rows];
  const widths = [0, 1, 2, 3].map((index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((word, index) => word.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function here(suite: string, pattern: RegExp): string {
  const packages = globSync('*.deb', { cwd: join(PLACES.apt, suite, 'packages') }).filter((file) =>
    pattern.test(file.replace(/\.deb$/, '')),
  );
  const newest = packages.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest === undefined) return 'to be downloaded';
  const path = join(PLACES.apt, suite, 'packages', newest);
  const size = existsSync(path) ? Math.round(statSync(path).size / 1e6) : 0;
  return `${newest.replace(/^linux-image-|-amd64\.deb$/g, '')} (${size} MB)`;
}
