// Shells of the host that are prepared for a purpose: one that knows the workloads, one that knows
// `terrarium`.
import { dirname } from 'node:path';
import type { Shell } from '../../harness/shell/shell.ts';
import { DEFAULT_ROOTFS, TERRARIUM, workload } from './places.ts';
import type { Context } from './session.ts';
import { openHostShell } from './session.ts';

/** Types `name args…` in a host shell, with the default root file system's programs in its PATH. */
export async function onHostShell(
  shell: Shell,
  name: string,
  args: readonly string[] = [],
): Promise<string> {
  await shell.type(`PATH=${dirname(workload(name))}:$PATH`);
  return shell.type([name, ...args].join(' '));
}

/** A shell of the host from which `terrarium shell default box` starts a container. */
export async function openTerminal(context: Context): Promise<Shell> {
  const shell = await openHostShell(context, 'a terminal on the host', 'subject');
  await shell.type(`PATH=${dirname(TERRARIUM)}:$PATH`);
  await shell.type(`cd ${dirname(DEFAULT_ROOTFS)}`);
  return shell;
}
