// Limits of a container that are not in force any more, though no `update` removed them.
import { basename } from 'node:path';
import type { HostOp } from '../plan/operations.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { isLimit } from './enable-again.ts';
import { readIfThere } from './files.ts';

/** The files that a plan's limits are written to: `memory.max`. Pure. */
export function limitFiles(host: readonly HostOp[]): string[] {
  return host.flatMap((op) => (op.kind === 'write' && isLimit(op) ? [basename(op.path)] : []));
}

/**
 * On v2 the file of a limit goes with its controller when another manager of control groups
 * switches that off. Once it is on again, a choice of processors is empty, and other limits are
 * `max`, which may also have been set. None once the group has gone.
 */
export function lostLimits(cgroups: ContainerCgroups, files: readonly string[]): string[] {
  const group = cgroups.mode === 'v2' ? directoryOf(cgroups, 'memory') : undefined;
  if (group === undefined || files.length === 0) return [];
  const lost = files.filter((file) => {
    const text = readIfThere(`${group}/${file}`);
    return text === undefined || (text === '' && file.startsWith('cpuset.'));
  });
  const there = lost.length === 0 || readIfThere(`${group}/cgroup.procs`) !== undefined;
  return there ? lost : [];
}
