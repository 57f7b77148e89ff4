// Where the build of the executable keeps its files.
import { join } from 'node:path';
import { PATHS as KERNELS } from '../../kernels/fetch/paths.ts';

const PROJECT = join(import.meta.dirname, '../..');
const engine = join(PROJECT, 'build/engine');

export const PATHS = {
  engine,
  /** The engine's C, as Debian packs it. */
  source: join(engine, 'source'),
  /** One index of a suite for all that is fetched from it. */
  apt: KERNELS.apt,
} as const;
