// A probe of ours, confined like a container's process, but not a program of the container: its
// answer comes through our own pipe, so nothing inside can answer in its place.
import { join } from 'node:path';
import { execa } from 'execa';
import { groupsOf } from './cgroups.ts';
import type { Probes } from './probes.ts';

/** Of the program `stand-in`. */
const NO_FILTERS_HERE = 3;

/** This kernel does not expose the seccomp filters of a process. */
export class FiltersUnreadable extends Error {
  constructor() {
    super('filters that can be read from outside (CONFIG_CHECKPOINT_RESTORE)');
    this.name = 'FiltersUnreadable';
  }
}

export interface StandInOptions {
  /** With all capabilities of the harness: then only a filter refuses a call. */
  readonly privileged?: boolean;
}

/**
 * The output of a program of the suite, executed in the cgroups, namespaces and root of `pid`, with
 * its identity, capabilities, limits and seccomp filters, all read from the kernel.
 *
 * @throws FiltersUnreadable
 * @throws Error with the message of `stand-in` if it cannot apply all of that.
 */
export async function standIn(
  pid: number,
  probes: Probes,
  [name, ...args]: readonly [name: string, ...args: string[]],
  { privileged = false }: StandInOptions = {},
): Promise<string> {
  const groups = groupsOf(pid).flatMap(({ directory, version }) => [
    '-g',
    join(directory, version === 1 ? 'tasks' : 'cgroup.procs'),
  ]);
  // Only a privileged probe needs the filters: it shows what they refuse.
  const line = [privileged ? '-p' : '-f', ...groups, String(pid), probes.path(name), ...args];
  const run = await execa(probes.path('stand-in'), line, { reject: false });
  if (run.exitCode === NO_FILTERS_HERE && run.stderr.includes('SECCOMP'))
    throw new FiltersUnreadable();
  if (run.stderr.startsWith('stand-in: ')) throw new Error(run.stderr);
  return run.stdout;
}
