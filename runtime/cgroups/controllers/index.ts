// The cgroup controllers that a container may be limited by, in the order of their writes.
import type { CgroupController, FailedStep, Groups, Limits, Row, Show } from './controller.ts';
import { type CpuStats, cpu } from './cpu.ts';
import { cpuset } from './cpuset.ts';
import { devices } from './devices.ts';
import { type DiskStats, io } from './io.ts';
import { type MemoryStats, memory } from './memory.ts';
import { type PidsStats, pids } from './pids.ts';

export const CONTROLLERS: readonly CgroupController[] = [memory, cpu, pids, cpuset, io, devices];

/** The option that sets what is in a file of v2; undefined for a file of no limit. */
export function optionOf(file: string): string | undefined {
  return CONTROLLERS.map(({ options }) => options[file]).find((one) => one !== undefined);
}

/** A part is undefined where the host has no such controller. */
export interface ContainerStats {
  readonly memory: MemoryStats | undefined;
  readonly cpu: CpuStats | undefined;
  readonly pids: PidsStats | undefined;
  readonly io: readonly DiskStats[] | undefined;
}

export function statsOf(groups: Groups): ContainerStats {
  return {
    memory: memory.stats(groups),
    cpu: cpu.stats(groups),
    pids: pids.stats(groups),
    io: io.stats(groups),
  };
}

/** For a reader, line by line. */
export function statsRows(stats: ContainerStats, show: Show): Row[] {
  return [
    ...memory.rows(stats.memory, show),
    ...cpu.rows(stats.cpu, show),
    ...pids.rows(stats.pids, show),
    ...io.rows(stats.io, show),
  ];
}

/** Names of those that a container joins, and on v2 has passed on to it, for these limits alone. */
export function requestedBy(limits: Limits): string[] {
  return CONTROLLERS.flatMap(({ name, onRequest, asks }) =>
    onRequest && asks(limits) !== undefined ? [name] : [],
  );
}

/** Those that a container joins, given the names of such: the ones of every container first. */
export function joinedWith(requested: readonly string[]): CgroupController[] {
  return [
    ...CONTROLLERS.filter(({ onRequest }) => !onRequest),
    ...CONTROLLERS.filter(({ onRequest, name }) => onRequest && requested.includes(name)),
  ];
}

/**
 * What may help after a step that failed: by the controller whose file it is, or, of a file that is
 * no controller's, by the first that knows.
 */
export function hintOf(failed: FailedStep): string | undefined {
  const [word = ''] = failed.file.split('.');
  const own = CONTROLLERS.filter(
    ({ name, hierarchies }) => name === word || hierarchies.some((one) => one === word),
  );
  for (const one of own.length > 0 ? own : CONTROLLERS) {
    const hint = one.hint?.(failed);
    if (hint !== undefined) return hint;
  }
  return undefined;
}
