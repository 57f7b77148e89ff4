// What the safety specs share: a workload typed in a shell of the host, by its name alone.
import { dirname } from 'node:path';
import { workload } from './places.ts';
import type { Shell } from './shell.ts';

/** Types `name args…` in a host shell, with the default root file system's programs in its PATH. */
export async function onHostShell(shell: Shell, name: string, args: readonly string[] = []): Promise<string> {
  await shell.type(`PATH=${dirname(workload(name))}:$PATH`);
  return shell.type([name, ...args].join(' '));
}
