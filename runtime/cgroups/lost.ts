// Limits of a container that are not in force any more, though no `update` removed them.
import { basename } from 'node:path';
import type { HostOp } from '../plan/operations.ts';
import type { WriteOp } from './controllers/controller.ts';
import type { ContainerCgroups } from './directories.ts';
import { isLimit } from './enable-again.ts';
import { readIfThere } from './files.ts';

/** Limits by the file of the v2 group that each was written to, as the kernel says them back. */
export type GivenLimits = Readonly<Record<string, string>>;

/** A limit that another program removed or changed. */
export interface LostLimit {
  /** Its file in the container's group: `memory.max`. */
  readonly file: string;
  /** What the file said when the limit was set: `67108864`. */
  readonly given: string;
  /** What it says now: `max`. Undefined when its controller is switched off. */
  readonly now: string | undefined;
}

/** The limits of a plan or an update. Pure. */
export function givenLimits(ops: readonly HostOp[]): GivenLimits {
  return Object.fromEntries(
    ops.flatMap((op) =>
      op.kind === 'write' && isLimit(op) ? [[basename(op.path), op.readBack ?? op.value]] : [],
    ),
  );
}

/** Writes them once more. Pure. */
export function writesOf(cgroups: ContainerCgroups, given: GivenLimits): WriteOp[] {
  const [group] = cgroups.directories;
  return Object.entries(given).map(([file, value]) => ({
    ...{ kind: 'write', path: `${group?.path}/${file}` },
    ...{ value, readBack: value },
  }));
}

/**
 * On v2 the file of a limit goes with its controller when another manager of control groups
 * switches that off. Once it is on again, a choice of processors is empty, and other limits are
 * `max`. None once the group has gone.
 */
export function lostLimits(cgroups: ContainerCgroups, given: GivenLimits): LostLimit[] {
  const group = cgroups.mode === 'v2' ? cgroups.directories[0]?.path : undefined;
  if (group === undefined) return [];
  const lost = Object.entries(given).flatMap(([file, text]): LostLimit[] => {
    const now = readIfThere(`${group}/${file}`);
    return now === text ? [] : [{ file, given: text, now }];
  });
  const there = lost.length === 0 || readIfThere(`${group}/cgroup.procs`) !== undefined;
  return there ? lost : [];
}
