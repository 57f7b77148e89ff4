// Takes away what a container made, once its processes have ended.

import { TerrariumError } from '../../base/errors.ts';
import { removeEmptyCgroup } from '../../cgroups/remove.ts';
import { debug } from '../../debug/debug.ts';
import { type Journal, removeState } from '../../execute/journal/journal.ts';
import { type UndoOptions, undoAll } from '../../execute/operations/undo.ts';
import { undoText } from '../../plan/describe.ts';
import type { Undo } from '../../plan/operations.ts';
import { baseOf } from '../state/state.ts';

/**
 * The usual way is a few system calls without waiting; whatever is not as usual takes the patient
 * one.
 */
export async function remove(
  id: string,
  undos: readonly Undo[],
  journal: Journal | undefined,
  options: UndoOptions = {},
): Promise<void> {
  const stubborn = undos.filter((undo) => !isRemoved(id, undo));
  const failures = stubborn.length > 0 ? await undoAll(stubborn, options) : [];
  journal?.close();
  if (failures.length > 0) {
    const error = new TerrariumError(`could not remove container ${id} completely`, {
      hint: '`terrarium delete --force` or `terrarium gc` tries again',
    });
    error.cleanupErrors.push(...failures);
    throw error;
  }
  if (journal) removeState(journal.base, journal.record.head.detach);
  else removeState(baseOf(id));
  debug?.('cleanup', id, () => 'state removed');
}

/** Whether it was a group that is empty. */
function isRemoved(id: string, undo: Undo): boolean {
  if (undo.kind !== 'rmcgroup' || !removeEmptyCgroup(undo.path)) return false;
  debug?.('cleanup', id, () => undoText(undo));
  return true;
}

/**
 * A veth pair goes with its namespace, whose last process has ended: deleting it here would only
 * wait for the kernel's RTNL lock.
 */
export function withoutLinks(undos: readonly Undo[]): Undo[] {
  return undos.filter(({ kind }) => kind !== 'rmlink');
}
