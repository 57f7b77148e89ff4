// Where the room keeps what it downloads and makes, all of it below build/kernels, and what it
// leaves in reports/out.
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
  runs: join(BUILD, 'runs'),
  report: join(PROJECT, 'reports/out'),
} as const;
