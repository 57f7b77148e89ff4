// The cgroup controllers that a container may be limited by, in the order of their writes.
import type { CgroupController, Limits } from './controller.ts';
import { cpu } from './cpu.ts';
import { cpuset } from './cpuset.ts';
import { devices } from './devices.ts';
import { memory } from './memory.ts';
import { pids } from './pids.ts';

export const CONTROLLERS: readonly CgroupController[] = [memory, cpu, pids, cpuset, devices];

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
