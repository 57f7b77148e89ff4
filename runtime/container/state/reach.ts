// What of a container can be reached from this process, whose namespaces and mounts need not be
// those of its maker.

import { HostError, StateError } from '../../base/errors.ts';
import type { ContainerCgroups } from '../../cgroups/directories.ts';
import { locateCgroups } from '../../cgroups/locate.ts';
import type { JournalHead, JournalRecord } from '../../execute/journal/journal.ts';
import { ownWorld, processView } from '../../host/process/world.ts';
import type { Undo } from '../../plan/operations.ts';
import { hiddenRoots } from './hidden.ts';

/** Its cgroups by paths that are right here. @throws HostError when they are hidden. */
export function cgroupsOf({ id, cgroups, world }: JournalHead): ContainerCgroups {
  return locateCgroups(id, cgroups, world.hierarchies, hiddenRoots);
}

/** Why nothing can be said of its processes from here. */
export const ELSEWHERE =
  'was made in another PID or time namespace: its process numbers mean others here';

/** @throws StateError for a container whose processes have other numbers here. */
export function requireSameProcesses({ id, world }: JournalHead): void {
  if (processView(world).kind !== 'other') return;
  throw new StateError(`container ${id} ${ELSEWHERE}`, {
    hint: 'run this where it was made; `nsenter --target PID --pid --mount` enters the namespaces of a process there',
  });
}

/** What is to be undone of a container that has ended, in the order of making. */
export interface Remains {
  readonly undos: readonly Undo[];
  /**
   * Whether what is in its groups is its own: what is there after its last process has ended is
   * another's.
   */
  readonly kill: boolean;
}

/**
 * `all`: also what may not have been made. @throws HostError when its cgroups cannot be seen
 * from here.
 */
export function remainsOf(
  { head, intended, process: first }: JournalRecord,
  { all }: { readonly all: boolean },
): Remains {
  const { world, undo, ownPids } = head;
  const view = processView(world);
  const made = all ? undo : undo.slice(0, intended);
  // Of another boot: what has these names now is of this one.
  if (view.kind === 'over' && view.rebooted)
    return { undos: made.filter(({ kind }) => kind === 'unclaim'), kill: false };
  const located = new Map<string, string>();
  if (made.some(({ kind }) => kind === 'rmcgroup')) {
    const here = cgroupsOf(head);
    for (const [index, { path }] of head.cgroups.directories.entries())
      located.set(path, here.directories[index]?.path ?? path);
  }
  const sameNetwork = world.networkNamespace === ownWorld().networkNamespace;
  const undos = made.flatMap((one) => {
    if (one.kind === 'rmcgroup') return [atPath(one, located.get(one.path))];
    // A link of this name in our network would be another's; its own goes with the container's
    // namespace.
    return one.kind === 'rmlink' && !sameNetwork ? [] : [one];
  });
  return {
    undos,
    kill: !(ownPids && first !== undefined) || view.kind !== 'same',
  };
}

function atPath(undo: Extract<Undo, { kind: 'rmcgroup' }>, path: string | undefined): Undo {
  if (path === undefined)
    throw new HostError('cgroups', `${undo.path} is not among the cgroups of the container`);
  if (path === undo.path) return undo;
  return {
    ...undo,
    path,
    ...(undo.killFile === undefined
      ? {}
      : { killFile: `${path}${undo.killFile.slice(undo.path.length)}` }),
  };
}
