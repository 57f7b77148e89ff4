// Where the build of the executable keeps its files.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATHS as KERNELS } from '../../kernels/fetch/paths.ts';

export const PROJECT = join(import.meta.dirname, '../..');
const engine = join(PROJECT, 'build/engine');

export const PATHS = {
  engine,
  /** The engine's C, as Debian packs it. */
  pristine: join(engine, 'pristine'),
  /** The same with the patches of ours. */
  source: join(engine, 'source'),
  patches: join(PROJECT, 'native/engine/patches'),
  release: join(PROJECT, 'build/release'),
  bundle: join(engine, 'bundle.js'),
  /** One index of a suite for all that is fetched from it. */
  apt: KERNELS.apt,
} as const;

/** Leaves an equal file as it is, with its time: make then has nothing to do. */
export function replaceFile(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // There is none yet.
  }
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
