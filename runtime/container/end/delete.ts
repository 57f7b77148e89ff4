// Deletes by name: a container, or what is left of one whose journal is damaged or gone.
import { lstatSync, rmSync } from 'node:fs';
import { pathOf } from '../../base/bytes.ts';
import { asError, HostError, StateError, TerrariumError } from '../../base/errors.ts';
import { groupsNamed, occupants, removeVacant } from '../../cgroups/leftover.ts';
import { reachableHierarchies } from '../../cgroups/locate.ts';
import { removeCgroup } from '../../cgroups/remove.ts';
import { holderOfClaim } from '../../execute/journal/claim.ts';
import { holderOfId } from '../../execute/journal/holders.ts';
import { stateFiles } from '../../execute/journal/journal.ts';
import { readJournal } from '../../execute/journal/journal-reader.ts';
import { removeLink } from '../../execute/operations/undo.ts';
import { alive } from '../../host/process/process.ts';
import { ownWorld, placeOf } from '../../host/process/world.ts';
import { linkName } from '../../network/addresses.ts';
import { typable } from '../../plan/quote.ts';
import { requireSignal } from '../call/check.ts';
import { hiddenRoots } from '../state/hidden.ts';
import { baseOf, drafts } from '../state/state.ts';
import { damaged, isFileName, noContainer } from '../state/state-errors.ts';
import { deleteFound } from './found.ts';
import { claimFiles } from './gc.ts';

/**
 * Deletes a container. With `force` it is killed first, and what is damaged, or has only its name
 * left, is removed by that name.
 *
 * @throws StateError when there is nothing of the name, when it runs, when its journal is damaged
 * and `force` is not set, and when something of its name belongs to others; TerrariumError with
 * what could not be undone; the reason of a `signal` aborted before it began.
 */
export async function deleteContainer(
  id: string,
  {
    force = false,
    signal,
  }: { readonly force?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  requireSignal(signal)?.throwIfAborted();
  if (!isFileName(id)) throw noContainer(id);
  const reading = readJournal(baseOf(id));
  switch (reading.kind) {
    case 'record':
      return deleteFound(reading.record, force);
    case 'damaged':
      if (!force) throw damaged(id, reading);
      return removeDamaged(id);
    case 'absent':
      return removeNameless(id, force);
  }
}

/** The journal is unreadable, so remove all that has the container's name goes. */
async function removeDamaged(id: string): Promise<void> {
  const roots = reachableHierarchies(hiddenRoots);
  if (roots.length === 0)
    throw new HostError('cgroups', `cgroups cannot be seen here, and ${id} may have some`, {
      hint: '`ip netns exec` hides them; `nsenter --net=/run/netns/NAME` does not',
    });
  const failures: Error[] = [];
  const attempt = async (remove: () => Promise<void> | void) => {
    try {
      await remove();
    } catch (error) {
      failures.push(asError(error));
    }
  };
  for (const path of groupsNamed(id, roots))
    await attempt(() => removeCgroup(path, { killFile: `${path}/cgroup.kill` }));
  await attempt(() => removeLink(linkName(id)));
  if (failures.length > 0) {
    const error = new TerrariumError(`could not remove container ${id} completely`, {
      hint: 'the same command tries again',
    });
    error.cleanupErrors.push(...failures);
    throw error;
  }
  removeFiles(id);
}

/** Without a journal nothing says whose it is: what is in use, or about to be, stays. */
function removeNameless(id: string, force: boolean): void {
  const groups = groupsNamed(id, reachableHierarchies(hiddenRoots));
  const files = Object.values(stateFiles(baseOf(id))).filter((file) =>
    lstatSync(pathOf(file), { throwIfNoEntry: false }),
  );
  const claims = claimsOf(id);
  const left = [...groups, ...files, ...claims];
  if (left.length === 0) throw noContainer(id);
  if (!force)
    throw new StateError(
      `there is no container ${id}, but something of that name: ${left.join(', ')}`,
      {
        hint: `\`terrarium delete --force ${typable(id)}\` removes what is not in use`,
      },
    );
  const holder = groups.length > 0 ? holderOfId(id, () => false) : undefined;
  if (holder !== undefined)
    throw new StateError(`process ${holder} has a container ${id}, in another state directory`, {
      hint: 'name that directory in TERRARIUM_STATE to delete it',
    });
  for (const path of groups) if (!removeVacant(path, placeOf(path))) throw inUse(path);
  removeFiles(id);
}

function inUse(path: string): StateError {
  const pids = occupants(path).filter((pid) => pid !== 0);
  return new StateError(
    `cgroup ${path} is in use${pids.length === 0 ? '' : ` by ${pids.join(', ')}`}`,
    {
      hint: `of a container in another state directory, which TERRARIUM_STATE names? Otherwise \`kill -9 ${pids.join(' ')}\`, then again`,
    },
  );
}

/**
 * Files of that name, claims of that holder, drafts whose writer has died; the journal last.
 */
function removeFiles(id: string): void {
  for (const path of claimsOf(id)) rmSync(pathOf(path), { force: true });
  const { pidNamespace } = ownWorld();
  for (const { file, maker } of drafts())
    if (maker.id === id && maker.pidNamespace === pidNamespace && !alive(maker))
      rmSync(pathOf(file), { force: true });
  const { journal, ...others } = stateFiles(baseOf(id));
  for (const path of [...Object.values(others), journal])
    rmSync(pathOf(path), { recursive: true, force: true });
}

function claimsOf(id: string): string[] {
  return claimFiles().filter((path) => holderOfClaim(path) === id);
}
