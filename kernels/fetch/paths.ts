// Where kernels/ keeps its files: downloads, images and runs below build/kernels, pages in
// reports/out.
import { dirname, join } from 'node:path';

export const PROJECT = dirname(dirname(import.meta.dirname));
const BUILD = join(PROJECT, 'build/kernels');

export const PATHS = {
  build: BUILD,
  apt: join(BUILD, 'apt'),
  kernels: join(BUILD, 'kernels'),
  image: join(BUILD, 'root.erofs'),
  /** Debian 13 with systemd. */
  debian: join(BUILD, 'debian-13.erofs'),
  /** For an arm64 guest; what it is made of is beside it. */
  arm64: join(BUILD, 'arm64/root.erofs'),
  runs: join(BUILD, 'runs'),
  report: join(PROJECT, 'reports/out'),
} as const;
