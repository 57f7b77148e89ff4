// What killed runtimes left behind, undone from their journals. Containers that may live are left alone.
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { TerrariumError } from '../errors.ts';
import { readJournal, removeState } from '../execute/journal.ts';
import { undoAll } from '../execute/undo.ts';
import { identityOf } from '../host/process.ts';
import { undoText } from '../plan/describe.ts';
import { containerIds, directoryOf, stateFrom, stateRoot } from './state.ts';

/** Something of a container that was taken back. */
export interface Undone {
  readonly id: string;
  readonly what: string;
}

/** Undoes every abandoned container: its runtime is gone, and it was not detached. @throws TerrariumError with what could not be undone. */
export async function collectGarbage(): Promise<Undone[]> {
  const undone: Undone[] = [];
  const failures: Error[] = [];
  for (const id of containerIds()) {
    const directory = directoryOf(id);
    const record = readJournal(directory);
    if (record && !stateFrom(record).abandoned) continue;
    // Without its first line nothing had been made yet; but its writer may still be about to write it.
    if (!record && fresh(directory)) continue;
    const undos = record?.head.undo.slice(0, record.intended) ?? [];
    const failed = await undoAll(undos);
    failures.push(...failed);
    if (failed.length > 0) continue;
    removeState(directory);
    undone.push(...undos.map((undo) => ({ id, what: undoText(undo) })), { id, what: directory });
  }
  undone.push(...unheldClaims());
  if (failures.length === 0) return undone;
  const error = new TerrariumError('not everything could be undone');
  error.cleanupErrors.push(...failures);
  throw error;
}

const SETTLED_MS = 2000;

function fresh(directory: string): boolean {
  try {
    const [newest = 0] = readdirSync(directory, { withFileTypes: true }).map(() => Date.now());
    return newest !== 0 && Date.now() - newest < SETTLED_MS;
  } catch {
    return false;
  }
}

/** An address whose claimer has ended and that no container's journal names. */
function unheldClaims(): Undone[] {
  const place = join(stateRoot(), 'net');
  const held = new Set(
    containerIds().flatMap((id) => readJournal(directoryOf(id))?.head.undo.flatMap((undo) => ('path' in undo ? [undo.path] : [])) ?? []),
  );
  let names: string[];
  try {
    names = readdirSync(place);
  } catch {
    return [];
  }
  return names
    .map((name) => join(place, name))
    .filter((path) => !held.has(path) && !claimerLives(path))
    .map((path) => {
      unlinkSync(path);
      return { id: '-', what: path };
    });
}

function claimerLives(path: string): boolean {
  try {
    return identityOf(Number(readFileSync(path, 'utf8'))) !== undefined;
  } catch {
    return false;
  }
}
