// Journals of a real container, for the programs that damage them.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PATHS, PROJECT } from './paths.ts';

const RELEASED = join(PATHS.release, 'terrarium');
export const ROOTFS = join(PROJECT, 'fixtures/rootfs/out/default');

/**
 * Starts a container with the released executable, copies the files of its state and removes it.
 * Returns the copies' directory, below `directory`; it is empty if no container started, and
 * `said` is why.
 */
export function journalsOfContainer(directory: string): {
  readonly kept: string;
  readonly said: string;
} {
  const state = join(directory, 'journals');
  const env = { ...process.env, TERRARIUM_STATE: state };
  const call = (...args: string[]) => spawnSync(RELEASED, args, { env, encoding: 'utf8' });
  const kept = join(directory, 'kept');
  mkdirSync(kept);
  const started = call('shell', ROOTFS, 'box', '--network', 'none', '-d', '--', 'sleep', '60');
  if (started.status === 0) {
    for (const name of globSync('*', { cwd: state, withFileTypes: true }))
      if (name.isFile()) cpSync(join(state, name.name), join(kept, name.name));
    call('delete', '--force', started.stdout.trim());
  }
  return { kept, said: started.stderr };
}
