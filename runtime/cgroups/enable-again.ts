// Controllers of cgroup v2 that were switched off after this process had read the host's facts.
import { basename, dirname } from 'node:path';
import type { CgroupLayout } from '../host/facts.ts';
import type { HostOp } from '../plan/operations.ts';
import type { ContainerCgroups } from './directories.ts';
import { readIfThere, writeFile } from './files.ts';
import { v2Enable } from './subtree.ts';

/** Whether it sets a limit, rather than passing controllers on or writing device rules. */
export function isLimit(op: HostOp): boolean {
  return op.kind === 'write' && op.readBack !== undefined;
}

/**
 * Passes all controllers on to the root's children again, when the file of a v2 limit is missing.
 * Answers whether that was so and the kernel took it: then the limit can be tried once more.
 * Whatever the facts say is enabled: that is what has changed. `ops`: all limits that are set with
 * this one.
 */
export function enableAgain(
  op: HostOp,
  ops: readonly HostOp[],
  layout: CgroupLayout,
  { directories }: ContainerCgroups,
): boolean {
  if (layout.mode !== 'v2' || !isLimit(op)) return false;
  return passOnAgain(dirname(directories[0]?.path ?? ''), limiting(ops));
}

/** The controllers whose files these limits are in. */
function limiting(ops: readonly HostOp[]): string[] {
  return ops.flatMap((op) => (op.kind === 'write' && isLimit(op) ? [controllerOf(op.path)] : []));
}

/** `memory` for `/sys/fs/cgroup/terrarium-web/memory.max`, or for the file's name alone. */
export function controllerOf(path: string): string {
  return basename(path).replace(/\..*$/, '');
}

/**
 * Passes on everything that the group has of what every container needs, and of these. Answers
 * whether the kernel took it.
 */
export function passOnAgain(group: string, requested: readonly string[]): boolean {
  try {
    const offered = readIfThere(`${group}/cgroup.controllers`) ?? '';
    const controllers = offered.split(' ');
    for (const { path, value } of v2Enable(group, { controllers, enabled: [] }, requested))
      writeFile(path, value);
    return true;
  } catch {
    // The limit's own refusal says what is missing.
    return false;
  }
}
