// Waits for, ends and takes away a container that is known by its journal only.

import { StateError } from '../../base/errors.ts';
import { pidsOf } from '../../cgroups/remove.ts';
import type { JournalRecord } from '../../execute/journal/journal.ts';
import { undoAll } from '../../execute/operations/undo.ts';
import { processView } from '../../host/process/world.ts';
import { closeFd, readable, readableUntil } from '../../native/addon.ts';
import { cgroupsOf, remainsOf, requireSameProcesses } from '../state/reach.ts';
import { type ExitStatus, settledExit } from '../state/state.ts';
import { stillRuns } from '../state/state-errors.ts';
import { endProcess, openAlive } from './end.ts';
import { remove } from './remove.ts';

const UNKNOWN: ExitStatus = { exitCode: undefined, signal: undefined };

/**
 * A descriptor of its first process; undefined when that has ended. @throws StateError when it
 * cannot be judged from here.
 */
export function openFirst({ head, process: first }: JournalRecord): number | undefined {
  requireSameProcesses(head);
  return first && processView(head.world).kind === 'same' ? openAlive(first) : undefined;
}

/** Resolves when its first process has ended. @throws the reason of an aborted `signal` */
export async function endOfFound(
  record: JournalRecord,
  signal: AbortSignal | undefined,
): Promise<ExitStatus> {
  const fd = openFirst(record);
  if (fd !== undefined) {
    try {
      await (signal ? readableUntil(fd, signal) : readable(fd));
    } finally {
      closeFd(fd);
    }
  }
  const { id, detach } = record.head;
  return detach ? await settledExit(id) : UNKNOWN;
}

/**
 * @throws StateError while it runs, unless `force`d, and when it does not end; HostError when its
 * cgroups cannot be seen; TerrariumError with what could not be undone. The journal stays
 * then.
 */
export async function deleteFound(record: JournalRecord, force: boolean): Promise<void> {
  const { head, process: first } = record;
  if (processView(head.world).kind === 'other') return deleteUnseen(record, force);
  // Before anything is ended: what is hidden cannot be taken away.
  const { undos, ...options } = remainsOf(record, { all: true });
  const fd = openFirst(record);
  if (fd !== undefined) {
    closeFd(fd);
    if (!force) throw stillRuns(head.id);
    if (first) await endProcess(head.id, first, () => pidsOf(cgroupsOf(head)));
    // Its watcher may still be at work in the files that go now.
    if (head.detach) await settledExit(head.id);
  }
  await remove(head.id, undos, undefined, options);
}

/**
 * Its process numbers mean others here. Its cgroups end it all the same, or say that they
 * are not empty: nothing else is touched before.
 */
async function deleteUnseen(record: JournalRecord, force: boolean): Promise<void> {
  const { head } = record;
  const { undos, ...options } = remainsOf(record, { all: true });
  const groups = undos.filter(({ kind }) => kind === 'rmcgroup');
  if (!force || groups.length === 0) requireSameProcesses(head);
  const failures = await undoAll(groups, options);
  if (failures.length > 0) {
    const error = new StateError(`container ${head.id} cannot be ended from this PID namespace`, {
      hint: 'delete it where it was made',
    });
    error.cleanupErrors.push(...failures);
    throw error;
  }
  await remove(
    head.id,
    undos.filter(({ kind }) => kind !== 'rmcgroup'),
    undefined,
    options,
  );
}
