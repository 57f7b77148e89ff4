// Limits of a container that are not in force any more, though no `update` removed them.
import { basename } from 'node:path';
import type { HostOp } from '../plan/operations.ts';
import { limit, type WriteOp } from './controllers/controller.ts';
import type { ContainerCgroups } from './directories.ts';
import { readIfThere } from './files.ts';

/**
 * Limits by the file of the v2 group that each was written to, as the kernel says them back: a line
 * for each device in a file of limits by device.
 */
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
  const given: Record<string, string> = {};
  for (const op of ops) {
    if (op.kind !== 'write' || op.readBack === undefined) continue;
    const file = basename(op.path);
    given[file] = file in given ? `${given[file]}\n${op.readBack}` : op.readBack;
  }
  return given;
}

/** Writes them once more. Pure. */
export function writesOf(cgroups: ContainerCgroups, given: GivenLimits): WriteOp[] {
  const [group] = cgroups.directories;
  return Object.entries(given).flatMap(([file, text]) =>
    text.split('\n').map((line) => limit(`${group?.path}/${file}`, line)),
  );
}

/**
 * On v2 the file of a limit goes with its controller when another cgroup manager
 * switches that off. Once it is on again, a choice of processors is empty, and other limits are
 * `max`. None once the group has gone.
 */
export function lostLimits(cgroups: ContainerCgroups, given: GivenLimits): LostLimit[] {
  const group = cgroups.mode === 'v2' ? cgroups.directories[0]?.path : undefined;
  if (group === undefined) return [];
  const lost = Object.entries(given).flatMap(([file, text]): LostLimit[] => {
    const now = readIfThere(`${group}/${file}`);
    return holds(now, text) ? [] : [{ file, given: text, now }];
  });
  const there = lost.length === 0 || readIfThere(`${group}/cgroup.procs`) !== undefined;
  return there ? lost : [];
}

/** Whether a file says all of it, in whatever order. Pure. */
export function holds(now: string | undefined, given: string): boolean {
  const lines = now?.split('\n') ?? [];
  return given.split('\n').every((line) => lines.includes(line));
}
