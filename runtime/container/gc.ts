// What killed runtimes left behind, undone from their journals. Containers that may live are left alone.
import { closeSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../bytes.ts';
import { TerrariumError } from '../errors.ts';
import {
  type JournalRecord,
  readJournal,
  removeIfThere,
  removeState,
  stateFiles,
} from '../execute/journal.ts';
import { undoAll } from '../execute/undo.ts';
import { namesIn, readText } from '../host/files.ts';
import { alive } from '../host/process.ts';
import { pidfdOpen, pidfdSendSignal, readable } from '../native/addon.ts';
import { claimsDirectory } from '../network/addresses.ts';
import { undoText } from '../plan/describe.ts';
import { baseOf, containerIds, drafts, stateFrom, stateRoot } from './state.ts';

const SIGKILL = 9;
/** Between making a claim's file and signing it. */
const SETTLED_MS = 2000;

/** Something of a container that was taken back. */
export interface Undone {
  readonly id: string;
  readonly what: string;
}

/** Undoes every abandoned container: its runtime is gone, and it was not to outlive it. @throws TerrariumError with what could not be undone. */
export async function collectGarbage(): Promise<Undone[]> {
  const undone: Undone[] = [];
  const failures: Error[] = [];
  for (const id of containerIds()) {
    const base = baseOf(id);
    const record = readJournal(base);
    if (!record || !stateFrom(record).abandoned) continue;
    const undos = record.head.undo.slice(0, record.intended);
    const failed = [...(await endProcess(record)), ...(await undoAll(undos))];
    failures.push(...failed);
    if (failed.length > 0) continue;
    removeState(base);
    undone.push(...undos.map((undo) => ({ id, what: undoText(undo) })), {
      id,
      what: stateFiles(base).journal,
    });
  }
  undone.push(...orphanDrafts(), ...unheldClaims());
  if (failures.length === 0) return undone;
  const error = new TerrariumError('not everything could be undone');
  error.cleanupErrors.push(...failures);
  throw error;
}

/** The first process, should it have outlived its runtime: where there are no control groups nothing else would end it. */
async function endProcess({ process: first }: JournalRecord): Promise<Error[]> {
  if (!first || !alive(first)) return [];
  let fd = -1;
  try {
    fd = pidfdOpen(first.pid);
    // Between the looking and the opening the number may have become another's.
    if (!alive(first)) return [];
    pidfdSendSignal(fd, SIGKILL);
    await readable(fd);
    return [];
  } catch (error) {
    return alive(first) ? [error instanceof Error ? error : new Error(String(error))] : [];
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Journals whose writer died before they had their name: nothing else had been made. */
function orphanDrafts(): Undone[] {
  return drafts()
    .filter(({ maker }) => !alive(maker))
    .map(({ file }) => {
      removeIfThere(file);
      return { id: '-', what: file };
    });
}

/** Addresses whose holder is gone. Its journal is there before the claim, and goes after it. */
function unheldClaims(): Undone[] {
  // In this order: whoever claims after the first line is not looked at, and whoever had claimed by then had a journal.
  const claims = claimFiles().map((path) => ({ path, holder: holderOf(path) }));
  const ids = new Set(containerIds());
  return claims
    .filter(
      ({ path, holder }) => holder !== undefined && !ids.has(holder) && holderOf(path) === holder,
    )
    .map(({ path }) => {
      rmSync(pathOf(path), { force: true });
      return { id: '-', what: path };
    });
}

function claimFiles(): string[] {
  const place = claimsDirectory(stateRoot());
  try {
    return namesIn(place).map((name) => join(place, name));
  } catch {
    return [];
  }
}

/** An empty file is a claim that its maker is about to sign, or died before it did. Undefined when nobody can say, or not yet. */
function holderOf(path: string): string | undefined {
  try {
    const holder = readText(path).trim();
    return holder === '' && Date.now() - statSync(pathOf(path)).mtimeMs < SETTLED_MS
      ? undefined
      : holder;
  } catch {
    return undefined;
  }
}
