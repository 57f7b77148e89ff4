// Where containers are known: their journals in the state directory, read by whoever asks.
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathOf } from '../bytes.ts';
import {
  drafterOf,
  type JournalRecord,
  journalled,
  readJournal,
  stateFiles,
} from '../execute/journal.ts';
import { ownVariable } from '../host/invocation.ts';
import { alive, type ProcessIdentity } from '../host/process.ts';

/** TERRARIUM_STATE names another place than /run/terrarium, for trying things out beside the host's own containers. */
export function stateRoot(): string {
  return ownVariable('TERRARIUM_STATE') ?? '/run/terrarium';
}

/** How a container's first process ended; both undefined when nobody could know. */
export interface ExitStatus {
  readonly exitCode: number | undefined;
  /** `SIGKILL` */
  readonly signal: string | undefined;
}

export interface ContainerState extends Partial<ExitStatus> {
  readonly id: string;
  /** OCI runtime-spec, runtime.md, "State". */
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** The host's number of its first process; 0 when there is none. */
  readonly pid: number;
  readonly hostname: string;
  readonly rootfs: string;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly address?: string | undefined;
  /** Whether its runtime is gone and it should not have outlived it: `gc` undoes what it left. */
  readonly abandoned: boolean;
}

/** What the names of a container's files begin with. */
export function baseOf(id: string): string {
  return join(stateRoot(), id);
}

export function containerIds(): string[] {
  return filesOf(stateRoot()).flatMap((name) => journalled(name) ?? []);
}

/** Files that were to become a container's journal, by the identity of the process that writes or wrote them. */
export function drafts(): { readonly file: string; readonly maker: ProcessIdentity }[] {
  return filesOf(stateRoot()).flatMap((name) => {
    const maker = drafterOf(name);
    return maker ? [{ file: join(stateRoot(), name), maker }] : [];
  });
}

function filesOf(path: string): string[] {
  try {
    return readdirSync(pathOf(path));
  } catch {
    return [];
  }
}

export function stateFrom({ head, process: first, started }: JournalRecord): ContainerState {
  const lives = first !== undefined && alive(first);
  const creating = first === undefined && alive(head.runtime);
  const { id, hostname, rootfs, command, createdAt, address } = head;
  return {
    id,
    status: lives ? (started ? 'running' : 'created') : creating ? 'creating' : 'stopped',
    pid: lives ? first.pid : 0,
    ...{ hostname, rootfs, command, createdAt, address },
    // A detached container is on its own only once it has been started: nobody else can start it.
    abandoned: !(head.detach && started) && !alive(head.runtime),
    ...(head.detach && !lives ? recordedExit(id) : {}),
  };
}

export function readState(id: string): ContainerState | undefined {
  const record = readJournal(baseOf(id));
  return record && stateFrom(record);
}

/** The ExitRecord that a detached container's watcher wrote. */
export function recordedExit(id: string): ExitStatus {
  const record = Buffer.alloc(8);
  try {
    const fd = openSync(pathOf(stateFiles(baseOf(id)).exit), 'r');
    try {
      if (readSync(fd, record, 0, 8, 0) === 8)
        return exitStatus(record.readInt32LE(0), record.readInt32LE(4));
    } finally {
      closeSync(fd);
    }
  } catch {
    // Not there, or not yet: then nobody knows.
  }
  return { exitCode: undefined, signal: undefined };
}

/** From numbers as the kernel gives them: a status of -1 or null is none, a signal of 0 or null is none. */
export function exitStatus(code: number | null, signal: number | null): ExitStatus {
  return {
    exitCode: code === null || code < 0 || signal ? undefined : code,
    signal: signal ? signalName(signal) : undefined,
  };
}

function signalName(number: number): string {
  return (
    Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`
  );
}
