// The journal of one container: what it will make is on disk before it is made, so whoever finds the runtime dead can undo it.
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathOf } from '../bytes.ts';
import type { ContainerCgroups } from '../cgroups/directories.ts';
import { isErrno } from '../cgroups/files.ts';
import type { NamespaceType, Rlimit, SeccompProfile, User } from '../config/config.ts';
import { StateError } from '../errors.ts';
import { makeDirectories } from '../host/files.ts';
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
  /** Identity, directory, umask and limits of its first process: those of an `exec` that is not told otherwise. */
  readonly user: User;
  readonly cwd: string;
  readonly umask?: number | undefined;
  readonly rlimits: readonly Rlimit[];
  readonly address?: string | undefined;
  readonly namespaces: readonly NamespaceType[];
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly seccomp: SeccompProfile;
  readonly cgroups: ContainerCgroups;
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
  | { readonly kind: 'started'; readonly command: readonly string[] };

const SUFFIX = '.journal';

/** The files of a container's state, beside each other: `base` is the state directory and the id. A detached one has all of them. */
export function stateFiles(base: string): {
  readonly journal: string;
  readonly log: string;
  /** What the log was before it was full; native/init/watcher.cc names it. */
  readonly olderLog: string;
  readonly exit: string;
  readonly hosts: string;
} {
  const log = `${base}.log`;
  return {
    journal: `${base}${SUFFIX}`,
    log,
    olderLog: `${log}.1`,
    exit: `${base}.exit`,
    hosts: `${base}.hosts`,
  };
}

/** The id that a file of the state directory is the journal of. No id begins with a dot, so that what is no container can. */
export function journalled(file: string): string | undefined {
  return file.endsWith(SUFFIX) && !file.startsWith('.') ? basename(file, SUFFIX) : undefined;
}

export class Journal {
  readonly base: string;
  #fd: number;

  private constructor(base: string, fd: number) {
    this.base = base;
    this.#fd = fd;
  }

  /**
   * Claims the id: its journal appears whole, first line included, or not at all.
   *
   * @throws StateError when the id is in use; HostError when the state directory cannot be written.
   */
  static create(stateRoot: string, head: JournalHead): Journal {
    const base = join(stateRoot, head.id);
    const draft = join(stateRoot, draftName(head));
    const journal = new Journal(base, openDraft(draft, stateRoot));
    try {
      journal.#append({ kind: 'head', ...head });
      linkSync(pathOf(draft), pathOf(stateFiles(base).journal));
      return journal;
    } catch (cause) {
      journal.close();
      if (!isErrno(cause, 'EEXIST')) throw stateUnwritable(stateRoot, cause);
      const hint = `\`terrarium delete ${head.id}\` removes it; or choose another --name`;
      throw new StateError(`container ${head.id} exists already`, { hint });
    } finally {
      unlinkSync(pathOf(draft));
    }
  }

  /** Before the deed: the first `count` undos may be needed from now on. */
  intend(count: number): void {
    this.#append({ kind: 'intend', count });
  }

  born(process: ProcessIdentity): void {
    this.#append({ kind: 'born', ...process });
  }

  /** `command`: what is executed; it may have become known only now. */
  started(command: readonly string[]): void {
    this.#append({ kind: 'started', command });
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
      throw stateUnwritable(dirname(this.base), cause);
    }
  }
}

/** What a container's journal says; undefined when there is none. */
export function readJournal(base: string): JournalRecord | undefined {
  let text: string;
  try {
    text = readFileSync(pathOf(stateFiles(base).journal), 'utf8');
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
      return { ...record, head: { ...record.head, command: line.command }, started: true };
  }
}

/** The journal goes last: as long as it is there the id is taken. What is not there is no failure. */
export function removeState(base: string): void {
  const { journal, log, olderLog, exit, hosts } = stateFiles(base);
  for (const file of [exit, log, olderLog, hosts, journal])
    if (existsSync(pathOf(file))) removeIfThere(file);
}

/** What a journal is written as before it gets its name: hidden, as no id is, and with its maker's identity. */
function draftName({ id, runtime }: JournalHead): string {
  return `.${runtime.pid}.${runtime.startTime}.${id}`;
}

/** Who writes the draft of this name; undefined when it is none. */
export function drafterOf(name: string): ProcessIdentity | undefined {
  const [, pid, startTime] = /^\.(\d+)\.(\d*)\../.exec(name) ?? [];
  return pid === undefined || startTime === undefined ? undefined : { pid: Number(pid), startTime };
}

/** The first container of a host makes the state directory, too. */
function openDraft(draft: string, stateRoot: string): number {
  const open = () => openSync(pathOf(draft), 'wx', 0o600);
  try {
    return open();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw stateUnwritable(stateRoot, error);
  }
  try {
    makeDirectories(stateRoot, 0o700);
    return open();
  } catch (cause) {
    throw stateUnwritable(stateRoot, cause);
  }
}

/** Somebody else may remove it at the same moment. */
export function removeIfThere(file: string): void {
  try {
    unlinkSync(pathOf(file));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
