// Where containers are known: their journals in the state directory.
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from '../../base/bytes.ts';
import { type LostLimit, lostLimits } from '../../cgroups/lost.ts';
import { oomKills } from '../../cgroups/stats.ts';
import {
  type Drafter,
  drafterOf,
  type JournalHead,
  type JournalRecord,
  journalled,
  stateFiles,
} from '../../execute/journal/journal.ts';
import { readJournal } from '../../execute/journal/journal-reader.ts';
import { stateNames, stateRoot } from '../../execute/journal/state-directory.ts';
import { type ExitRecord, readExitRecord } from '../../execute/spawn/exit-record.ts';
import { isShortage } from '../../host/files.ts';
import { alive } from '../../host/process/process.ts';
import { signalName } from '../../host/process/signals.ts';
import { pids, placeOf, processView } from '../../host/process/world.ts';
import { EXTRA_FD } from '../../native/protocol.ts';

/** How a container's first process ended; both undefined when unknown. */
export interface ExitStatus {
  readonly exitCode: number | undefined;
  /** `SIGKILL` */
  readonly signal: string | undefined;
  /**
   * Whether the kernel ended a process at the container's memory limit; left out where it did not,
   * or nothing counts.
   */
  readonly oomKilled?: boolean | undefined;
}

export interface ContainerState extends Partial<ExitStatus> {
  readonly id: string;
  /**
   * OCI runtime-spec, runtime.md, "State"; `unknown`: its processes cannot be seen from this PID
   * namespace.
   */
  readonly status: 'creating' | 'created' | 'running' | 'stopped' | 'unknown';
  /** The host's number of its first process; 0 when there is none. */
  readonly pid: number;
  readonly hostname: string;
  readonly rootfs: string;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly address?: string | undefined;
  /**
   * Limits on v2 that are not in force any more: another cgroup manager has switched
   * their controllers off, or changed them. `update` sets them again.
   */
  readonly lostLimits?: readonly LostLimit[] | undefined;
  /** Whether its runtime is gone and it should not have outlived it: `gc` undoes what it left. */
  readonly abandoned: boolean;
}

/** Whether its first process lives. */
export type Life = Pick<ContainerState, 'status' | 'pid' | 'abandoned'>;

/** What the names of a container's files begin with. */
export function baseOf(id: string): string {
  return join(stateRoot(), id);
}

export function containerIds(): string[] {
  return stateNames(stateRoot()).flatMap((name) => journalled(name) ?? []);
}

/**
 * Files that were to become a container's journal, by the identity of the process that writes or
 * wrote them.
 */
export function drafts(): { readonly file: string; readonly maker: Drafter }[] {
  return stateNames(stateRoot()).flatMap((name) => {
    const maker = drafterOf(name);
    return maker ? [{ file: join(stateRoot(), name), maker }] : [];
  });
}

/** What most verbs ask for. Looks at no cgroup, and at nothing that the watcher recorded. */
export function lifeOf({ head, process: first, started }: JournalRecord): Life {
  const view = processView(head.world).kind;
  const lives = view === 'same' && first !== undefined && alive(first);
  const made = view === 'same' && alive(head.runtime);
  const creating = first === undefined && made;
  const ended = view === 'other' ? 'unknown' : creating ? 'creating' : 'stopped';
  return {
    status: lives ? (started ? 'running' : 'created') : ended,
    pid: lives ? first.pid : 0,
    // A detached container is on its own only once it has been started: its maker alone can start
    // it.
    abandoned: view === 'over' || (view === 'same' && !(head.detach && started) && !made),
  };
}

export function stateFrom(record: JournalRecord): ContainerState {
  const { head } = record;
  const { id, hostname, rootfs, command, createdAt, address } = head;
  const { status, pid, abandoned } = lifeOf(record);
  const lives = pid !== 0;
  return {
    ...{ id, status, pid, hostname, rootfs, command, createdAt, address, abandoned },
    ...(head.detach && !lives ? recordedExit(id) : {}),
    ...(lives ? lost(lostLimits(head.cgroups, head.given ?? {})) : {}),
    ...oomKilled(killsOf(head)),
  };
}

function lost(limits: readonly LostLimit[]): Pick<ContainerState, 'lostLimits'> {
  return limits.length > 0 ? { lostLimits: limits } : {};
}

/**
 * Processes of it that the kernel ended at its memory limit. systemd takes a detached one's groups
 * away with its last process: then its watcher has counted them.
 */
export function killsOf({ id, cgroups, detach }: JournalHead): number | undefined {
  return oomKills(cgroups) ?? (detach ? exitRecord(id)?.oomKills : undefined);
}

/** For an `ExitStatus`: `kills` at the memory limit, of those that `before` had not been. */
export function oomKilled(kills = 0, before = 0): Pick<ExitStatus, 'oomKilled'> {
  return kills > before ? { oomKilled: true } : {};
}

export function readState(id: string): ContainerState | undefined {
  const record = recordOf(id);
  return record && stateFrom(record);
}

export function readLife(id: string): Life | undefined {
  const record = recordOf(id);
  return record && lifeOf(record);
}

function recordOf(id: string): JournalRecord | undefined {
  const reading = readJournal(baseOf(id));
  return reading.kind === 'record' ? reading.record : undefined;
}

/**
 * What a detached container's watcher has recorded; undefined when there is no such file.
 *
 * @throws Node's error when descriptors or memory are used up
 */
export function exitRecord(id: string): ExitRecord | undefined {
  try {
    const fd = openSync(
      pathOf(stateFiles(baseOf(id)).exit),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      return readExitRecord(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}

/** How a detached container ended, as far as its watcher has recorded it. */
export function recordedExit(id: string): ExitStatus {
  const { code, signal } = exitRecord(id) ?? { code: null, signal: null };
  return exitStatus(code, signal);
}

/** After so many looks, 255 ms, it is asked whether there is a watcher at all. */
const QUICK_LOOKS = 8;
/** Ten seconds. */
const LOOKS = 88;
const LONGEST_PAUSE_MS = 128;

/**
 * The exit of an ended container. Its watcher records it a moment later: waits for that, up to ten
 * seconds while the watcher exists.
 */
export async function settledExit(id: string): Promise<ExitStatus> {
  for (let look = 0; look < LOOKS; look++) {
    // It may write the record and exit between two looks: look at the record last.
    const watched = look < QUICK_LOOKS || hasWatcher(id);
    const exit = exitIfRoom(id);
    if (exit && (!watched || exit.exitCode !== undefined || exit.signal !== undefined)) return exit;
    await delay(Math.min(2 ** look, LONGEST_PAUSE_MS));
  }
  return recordedExit(id);
}

/** Undefined when descriptors or memory are used up: a moment later there may be room. */
function exitIfRoom(id: string): ExitStatus | undefined {
  try {
    return recordedExit(id);
  } catch (error) {
    if (isShortage(error)) return undefined;
    throw error;
  }
}

/** Whether any process has the record open at the watcher's descriptor number. */
function hasWatcher(id: string): boolean {
  const record = placeOf(stateFiles(baseOf(id)).exit);
  return record !== '' && pids().some((pid) => placeOf(`/proc/${pid}/fd/${EXTRA_FD}`) === record);
}

/**
 * From numbers as the kernel gives them: a status of -1 or null is none, a signal of 0 or null is
 * none.
 */
export function exitStatus(code: number | null, signal: number | null): ExitStatus {
  return {
    exitCode: code === null || code < 0 || signal ? undefined : code,
    signal: signal ? signalName(signal) : undefined,
  };
}
