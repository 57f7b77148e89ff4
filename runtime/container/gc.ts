// What killed runtimes left behind, undone from their journals. Containers that may live are left alone.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TerrariumError } from '../errors.ts';
import { readJournal, removeState } from '../execute/journal.ts';
import { undoAll } from '../execute/undo.ts';
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

/** Addresses whose holder is gone. Its state directory is there before the claim, and goes after it. */
function unheldClaims(): Undone[] {
  const place = join(stateRoot(), 'net');
  let names: string[];
  try {
    names = readdirSync(place);
  } catch {
    return [];
  }
  // In this order: whoever claims meanwhile has a directory already.
  const ids = new Set(containerIds());
  return names
    .map((name) => join(place, name))
    .filter((path) => !held(path, ids))
    .map((path) => {
      rmSync(path, { force: true });
      return { id: '-', what: path };
    });
}

/** An empty file is a claim that its maker is about to sign, or died before it did. */
function held(path: string, ids: ReadonlySet<string>): boolean {
  try {
    const holder = readFileSync(path, 'utf8').trim();
    return holder === '' ? Date.now() - statSync(path).mtimeMs < SETTLED_MS : ids.has(holder);
  } catch {
    return true;
  }
}
