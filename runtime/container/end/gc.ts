// What killed runtimes left behind, undone from their journals. What may live, or cannot be judged
// from here, is left alone.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../../base/bytes.ts';
import { asError, HostError, TerrariumError } from '../../base/errors.ts';
import { isErrno } from '../../cgroups/files.ts';
import { CgroupsHidden } from '../../cgroups/locate.ts';
import { pidsOf } from '../../cgroups/remove.ts';
import { holderOfClaim } from '../../execute/journal/claim.ts';
import {
  type JournalRecord,
  removeIfThere,
  removeState,
  stateFiles,
} from '../../execute/journal/journal.ts';
import { readJournal } from '../../execute/journal/journal-reader.ts';
import { stateRoot } from '../../execute/journal/state-directory.ts';
import { undoAll } from '../../execute/operations/undo.ts';
import { namesIn } from '../../host/files.ts';
import { alive } from '../../host/process/process.ts';
import { ownWorld, processView } from '../../host/process/world.ts';
import { claimsDirectory } from '../../network/addresses.ts';
import { undoText } from '../../plan/describe.ts';
import { requireSignal } from '../call/check.ts';
import { cgroupsOf, ELSEWHERE, remainsOf } from '../state/reach.ts';
import { baseOf, containerIds, drafts, lifeOf } from '../state/state.ts';
import { removalOf } from '../state/state-errors.ts';
import { endProcess } from './end.ts';

/** Something of a container that was taken back. */
export interface Undone {
  readonly id: string;
  readonly what: string;
}

/** A container that nothing was done about, though it may have been left behind. */
export interface Left {
  readonly id: string;
  /** A sentence, and what helps. */
  readonly why: string;
  readonly hint: string;
}

export interface Garbage {
  readonly undone: readonly Undone[];
  readonly left: readonly Left[];
}

/** Not everything could be undone. `cleanupErrors` says what; the rest was. */
export class GarbageError extends TerrariumError {
  override name = 'GarbageError';
  readonly garbage: Garbage;

  constructor(garbage: Garbage, failures: readonly Error[]) {
    super('not everything could be undone');
    this.garbage = garbage;
    this.cleanupErrors.push(...failures);
  }
}

/**
 * Undoes every abandoned container: its runtime is gone, and it was not to outlive it.
 *
 * @throws GarbageError with what could not be undone; that is tried again the next time. HostError
 * when the state directory cannot be trusted. The reason of an aborted `signal`, between two
 * containers.
 */
export async function collectGarbage({
  signal,
}: {
  readonly signal?: AbortSignal | undefined;
} = {}): Promise<Garbage> {
  requireSignal(signal)?.throwIfAborted();
  const undone: Undone[] = [];
  const left: Left[] = [];
  const failures: Error[] = [];
  for (const id of containerIds()) {
    signal?.throwIfAborted();
    const reading = readJournal(baseOf(id));
    if (reading.kind === 'absent') continue;
    if (reading.kind === 'damaged' && reading.unread) {
      failures.push(new HostError('state directory', `${reading.file} ${reading.reason}`));
      continue;
    }
    const why =
      reading.kind === 'damaged'
        ? { id, why: `${reading.file} ${reading.reason}`, hint: removalOf(id) }
        : unjudged(reading.record);
    if (why) left.push(why);
    if (why || reading.kind === 'damaged' || !lifeOf(reading.record).abandoned) continue;
    try {
      undone.push(...(await collect(reading.record)));
    } catch (error) {
      if (error instanceof CgroupsHidden) left.push(hidden(id, error));
      else failures.push(...causes(error));
    }
  }
  for (const sweep of [orphanDrafts, unheldClaims]) {
    try {
      undone.push(...sweep());
    } catch (error) {
      failures.push(...causes(error));
    }
  }
  if (failures.length > 0) throw new GarbageError({ undone, left }, failures);
  return { undone, left };
}

function unjudged({ head }: JournalRecord): Left | undefined {
  return processView(head.world).kind === 'other'
    ? {
        id: head.id,
        why: `container ${head.id} ${ELSEWHERE}`,
        hint: 'run gc where it was made',
      }
    : undefined;
}

function hidden(id: string, { message, hint = '' }: CgroupsHidden): Left {
  return { id, why: message, hint };
}

/** Groups are looked for before anything is done: half of a container is not to be taken away. */
async function collect(record: JournalRecord): Promise<Undone[]> {
  const { head, process: first } = record;
  const { id } = head;
  const { undos, ...options } = remainsOf(record, { all: false });
  if (first && processView(head.world).kind === 'same')
    await endProcess(id, first, () => pidsOf(cgroupsOf(head)));
  const failed = await undoAll(undos, options);
  if (failed.length > 0) throw new AggregateError(failed);
  removeState(baseOf(id));
  return [
    ...undos.map((undo) => ({ id, what: undoText(undo) })),
    { id, what: stateFiles(baseOf(id)).journal },
  ];
}

function causes(error: unknown): Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(causes);
  return [asError(error)];
}

/** Journals whose writer died before they had their name: nothing else had been made. */
function orphanDrafts(): Undone[] {
  const { pidNamespace } = ownWorld();
  return drafts()
    .filter(({ maker }) => maker.pidNamespace === pidNamespace && !alive(maker))
    .map(({ file }) => {
      removeIfThere(file);
      return { id: '-', what: file };
    });
}

/** Addresses whose holder is gone. Its journal is there before the claim, and goes after it. */
function unheldClaims(): Undone[] {
  // In this order: a claim made after the first line is not looked at, and one made before it had a
  // journal by then.
  const claims = claimFiles().map((path) => ({ path, holder: holderOfClaim(path) }));
  const ids = new Set(containerIds());
  return claims
    .filter(
      ({ path, holder }) =>
        holder !== undefined && !ids.has(holder) && holderOfClaim(path) === holder,
    )
    .map(({ path }) => {
      rmSync(pathOf(path), { force: true, recursive: true });
      return { id: '-', what: path };
    });
}

/** Every claim of this state directory. @throws HostError when they cannot be read */
export function claimFiles(): string[] {
  const place = claimsDirectory(stateRoot());
  try {
    return namesIn(place).map((name) => join(place, name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw new HostError('state directory', `the claims in ${place} cannot be read`, {
      cause: error,
    });
  }
}
