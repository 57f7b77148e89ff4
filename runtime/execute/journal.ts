// The journal of one container: what it will make is on disk before it is made, so whoever finds the runtime dead can undo it.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isErrno } from '../cgroups/files.ts';
import type { NamespaceType, SeccompProfile } from '../config/config.ts';
import { StateError } from '../errors.ts';
import type { ProcessIdentity } from '../host/process.ts';
import type { Undo } from '../plan/operations.ts';
import { stateUnwritable } from './unwritable.ts';

/** What is known of a container before it exists. */
export interface JournalHead {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly runtime: ProcessIdentity;
  readonly hostname: string;
  readonly rootfs: string;
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly address?: string | undefined;
  readonly namespaces: readonly NamespaceType[];
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly seccomp: SeccompProfile;
  readonly cpuset: boolean;
  readonly detach: boolean;
  /** In the order in which things are made. */
  readonly undo: readonly Undo[];
}

/** What was written since: how many of the undos may be needed, the first process, whether it was told to start. */
export interface JournalRecord {
  readonly head: JournalHead;
  readonly intended: number;
  readonly process?: ProcessIdentity;
  readonly started: boolean;
}

type Line =
  | ({ readonly kind: 'head' } & JournalHead)
  | { readonly kind: 'intend'; readonly count: number }
  | ({ readonly kind: 'born' } & ProcessIdentity)
  | { readonly kind: 'started' };

const FILE = 'journal';
/** What else may be in a container's state directory: a detached one has these. */
const FURTHER = ['log', 'exit'];

export class Journal {
  readonly directory: string;
  #fd: number;

  private constructor(directory: string, fd: number) {
    this.directory = directory;
    this.#fd = fd;
  }

  /**
   * Claims the id: its directory appears whole, first line included, or not at all.
   *
   * @throws StateError when the id is in use; HostError when the directory cannot be written.
   */
  static create(stateRoot: string, head: JournalHead): Journal {
    const directory = join(stateRoot, head.id);
    const draft = join(stateRoot, draftName(head));
    makeDirectory(draft, stateRoot);
    let journal: Journal | undefined;
    try {
      journal = new Journal(directory, openSync(join(draft, FILE), 'wx', 0o600));
      journal.#append({ kind: 'head', ...head });
      nameDraft(draft, directory, head.id);
      return journal;
    } catch (cause) {
      journal?.close();
      removeState(draft);
      throw stateUnwritable(stateRoot, cause);
    }
  }

  /** Before the deed: the first `count` undos may be needed from now on. */
  intend(count: number): void {
    this.#append({ kind: 'intend', count });
  }

  born(process: ProcessIdentity): void {
    this.#append({ kind: 'born', ...process });
  }

  started(): void {
    this.#append({ kind: 'started' });
  }

  /** Any number of times. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #append(line: Line): void {
    try {
      // The whole line, or an error: on a disk that fills up, write(2) takes a part first.
      writeFileSync(this.#fd, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw stateUnwritable(dirname(this.directory), cause);
    }
  }
}

/** What a state directory says; undefined when there is none, or its runtime died before it had written the first line. */
export function readJournal(directory: string): JournalRecord | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch {
    return undefined;
  }
  // The last line may be cut off: whoever wrote it died doing so, and what it announced was not done yet.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
  let record: JournalRecord | undefined;
  for (const line of lines) record = apply(record, JSON.parse(line));
  return record;
}

function apply(record: JournalRecord | undefined, line: Line): JournalRecord | undefined {
  if (line.kind === 'head') {
    const { kind: _, ...head } = line;
    return { head, intended: 0, started: false };
  }
  if (!record) return undefined;
  switch (line.kind) {
    case 'intend':
      return { ...record, intended: line.count };
    case 'born':
      return { ...record, process: { pid: line.pid, startTime: line.startTime } };
    case 'started':
      return { ...record, started: true };
  }
}

/** The files of a container's state directory, and the directory. What is not there is no failure. */
export function removeState(directory: string): void {
  const journal = join(directory, FILE);
  unless(['ENOENT'], () => unlinkSync(journal));
  try {
    rmdirSync(directory);
  } catch {
    // Since its journal went, the empty directory may have been claimed anew, for the same id.
    if (existsSync(journal)) return;
    for (const file of FURTHER) unless(['ENOENT'], () => unlinkSync(join(directory, file)));
    unless(['ENOENT', 'ENOTEMPTY'], () => rmdirSync(directory));
  }
}

/** Where a container's directory is made before it gets its name: hidden, as no id is, and with its maker's identity. */
function draftName({ id, runtime }: JournalHead): string {
  return `.${runtime.pid}.${runtime.startTime}.${id}`;
}

/** Who makes the directory of this name; undefined when it is no draft. */
export function drafterOf(name: string): ProcessIdentity | undefined {
  const [, pid, startTime] = /^\.(\d+)\.(\d*)\../.exec(name) ?? [];
  return pid === undefined || startTime === undefined ? undefined : { pid: Number(pid), startTime };
}

function makeDirectory(directory: string, stateRoot: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw stateUnwritable(stateRoot, error);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw stateUnwritable(stateRoot, cause);
    }
  }
}

/** An empty directory is replaced: whoever removed what was in it died before it was gone. */
function nameDraft(draft: string, directory: string, id: string): void {
  try {
    renameSync(draft, directory);
  } catch (error) {
    if (!isErrno(error, 'EEXIST', 'ENOTEMPTY')) throw error;
    throw new StateError(`container ${id} exists already`, { hint: `\`terrarium delete ${id}\` removes it; or choose another --name` });
  }
}

function unless(codes: readonly string[], remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!isErrno(error, ...codes)) throw error;
  }
}
