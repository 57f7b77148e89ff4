// Cgroups that carry a container's name and that no journal speaks of: found by a walk,
// removed when nothing is in them.
import { basename } from 'node:path';
import { placeOf } from '../host/process/world.ts';
import { groupName } from './directories.ts';
import { groupsBelow, pidsBelow, removeEmptyCgroup, removeQuietly } from './remove.ts';

/**
 * Below these roots of hierarchies, at any depth: the last part of the path always is
 * `terrarium-ID`.
 */
export function groupsNamed(id: string, roots: readonly string[]): string[] {
  return roots.flatMap((root) =>
    groupsBelow(root).filter((path) => basename(path) === groupName(id)),
  );
}

/**
 * Host pids of what is in the group and below, 0 for each process that this PID namespace does not
 * show.
 */
export function occupants(path: string): number[] {
  return pidsBelow(path, { foreign: true });
}

/**
 * Removes a group without processes, and those below it. False when something is in it, or when it
 * is another directory than the one that was looked at (`place`): then it has just been made anew.
 */
export function removeVacant(path: string, place: string): boolean {
  if (occupants(path).length > 0 || placeOf(path) !== place) return false;
  for (const below of groupsBelow(path)) removeQuietly(below);
  return removeEmptyCgroup(path);
}
