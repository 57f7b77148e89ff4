// Undoes operations from the journal alone, any number of times: what is already gone is no
// failure.
import { asError, TerrariumError } from '../../base/errors.ts';
import { removeCgroup } from '../../cgroups/remove.ts';
import { debug, took } from '../../debug/debug.ts';
import { monotonicNs, netlink } from '../../native/addon.ts';
import { acknowledgements } from '../../network/answers.ts';
import { delLink } from '../../network/link.ts';
import { undoText } from '../../plan/describe.ts';
import type { Undo } from '../../plan/operations.ts';
import { holderOfClaim } from '../journal/claim.ts';
import { removeIfThere } from '../journal/journal.ts';
import { isClaim, stateRoot } from '../journal/state-directory.ts';
import { stopScope } from './scope.ts';

const ENODEV = 19;

export interface UndoOptions {
  /** Whether to kill the processes in a cgroup. Default: true. */
  readonly kill?: boolean | undefined;
}

/** @throws TerrariumError or Node's error; can be called again after that. */
export async function performUndo(undo: Undo, options: UndoOptions = {}): Promise<void> {
  if (debug === undefined) return await takeBack(undo, options);
  const startNs = monotonicNs();
  try {
    await takeBack(undo, options);
    const endNs = monotonicNs();
    debug('cleanup', '', () => `${undoText(undo)}, ${took(endNs - startNs)}`, startNs);
  } catch (error) {
    debug('cleanup', '', () => `${undoText(undo)} stays: ${error}`, startNs);
    throw error;
  }
}

async function takeBack(undo: Undo, { kill }: UndoOptions): Promise<void> {
  switch (undo.kind) {
    case 'rmcgroup':
      return removeCgroup(undo.path, { killFile: undo.killFile, kill });
    case 'unclaim':
      if (!isClaim(stateRoot(), undo.path))
        throw new TerrariumError(`${undo.path} is not a claim in the state directory`);
      if (holderOfClaim(undo.path) === undo.holder) removeIfThere(undo.path);
      return;
    case 'rmlink':
      return removeLink(undo.name);
    case 'stopunit':
      return stopScope(undo.name, undo.path);
  }
}

/** All of them, last made first; continues after a failure. Returns the errors. */
export async function undoAll(undos: readonly Undo[], options: UndoOptions = {}): Promise<Error[]> {
  const failures: Error[] = [];
  for (const undo of undos.toReversed()) {
    try {
      await performUndo(undo, options);
    } catch (error) {
      failures.push(asError(error));
    }
  }
  return failures;
}

/**
 * A pair disappears with its namespace; this is for a namespace that others keep open, and for
 * names that are needed again at once.
 */
export async function removeLink(name: string): Promise<void> {
  const [answer] = acknowledgements(await netlink(delLink({ name })));
  if (answer && answer.errno !== 0 && answer.errno !== ENODEV)
    throw new Error(`link ${name} cannot be deleted: errno ${answer.errno}`);
}
