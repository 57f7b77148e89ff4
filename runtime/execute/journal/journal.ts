// The write-ahead journal of one container: undo records are on disk before each step, so that `gc`
// can roll back after a crash.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MOST_UTF8_BYTES, pathOf } from '../../base/bytes.ts';
import { StateError } from '../../base/errors.ts';
import type { ContainerCgroups } from '../../cgroups/directories.ts';
import { isErrno } from '../../cgroups/files.ts';
import type { GivenLimits } from '../../cgroups/lost.ts';
import type { NamespaceType, Rlimit, SeccompProfile, User } from '../../config/config.ts';
import { makeDirectories } from '../../host/files.ts';
import type { ProcessIdentity } from '../../host/process/process.ts';
import type { World } from '../../host/process/world.ts';
import type { Undo } from '../../plan/operations.ts';
import { requireTrusted } from './state-directory.ts';
import { stateUnwritable } from './unwritable.ts';

/** Of the first line; a reader of an older version refuses it. */
export const JOURNAL_VERSION = 2;
/** Those that are read. In version 1 a `spawned` line is called `born`. */
export const JOURNAL_VERSIONS = [1, JOURNAL_VERSION] as const;

/** What is known of a container before it exists. */
export interface JournalHead {
  readonly version: (typeof JOURNAL_VERSIONS)[number];
  /** The namespaces in which the pids, paths and names of this journal are valid. */
  readonly world: World;
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly runtime: ProcessIdentity;
  readonly hostname: string;
  readonly rootfs: string;
  readonly command: readonly string[];
  readonly env: readonly string[];
  /**
   * Identity, directory, umask and limits of its first process, which are the defaults of an
   * `exec`.
   */
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
  /** Limits on v2, with those of later updates; absent where none were recorded. */
  readonly given?: GivenLimits | undefined;
  /** Whether it has a PID namespace of its own, whose processes die with the first one. */
  readonly ownPids: boolean;
  readonly detach: boolean;
  /** In the order of creation. */
  readonly undo: readonly Undo[];
}

/**
 * The state after all lines: how many undos may be needed, the first process, whether it was
 * started.
 */
export interface JournalRecord {
  readonly head: JournalHead;
  readonly intended: number;
  readonly process?: ProcessIdentity;
  readonly started: boolean;
}

export type JournalLine =
  | ({ readonly kind: 'head' } & JournalHead)
  | { readonly kind: 'intend'; readonly count: number }
  | ({ readonly kind: 'spawned' | 'born' } & ProcessIdentity)
  | { readonly kind: 'started'; readonly command: readonly string[] }
  | { readonly kind: 'updated'; readonly given: GivenLimits };

const SUFFIX = '.journal';

/**
 * The files of a container's state, beside each other: `base` is the state directory and the id. A
 * detached one has all of them.
 */
export function stateFiles(base: string): {
  readonly journal: string;
  readonly log: string;
  /** The rotated log; native/init/watcher.cc names it. */
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

/**
 * The id of the container whose journal a file of the state directory is. No id begins with a dot,
 * so that other files can.
 */
export function journalled(file: string): string | undefined {
  return file.endsWith(SUFFIX) && !file.startsWith('.') ? basename(file, SUFFIX) : undefined;
}

export class Journal {
  readonly base: string;
  /** What it says so far. */
  #record: JournalRecord;
  #fd: number;
  #writtenBytes = 0;

  private constructor(base: string, fd: number, head: JournalHead) {
    this.base = base;
    this.#fd = fd;
    this.#record = { head, intended: 0, started: false };
  }

  get record(): JournalRecord {
    return this.#record;
  }

  /**
   * Claims the id: its journal appears whole, first line included, or not at all.
   *
   * @throws StateError when the id is in use; HostError when the state directory cannot be written.
   */
  static create(stateRoot: string, head: JournalHead): Journal {
    requireTrusted(stateRoot);
    const base = join(stateRoot, head.id);
    const draft = join(stateRoot, draftName(head));
    const journal = new Journal(base, openDraft(draft, stateRoot), head);
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
      leave(draft);
    }
  }

  /** Whether others have written, too: an `update` of another process. */
  get hasGrown(): boolean {
    return this.#fd >= 0 && fstatSync(this.#fd).size !== this.#writtenBytes;
  }

  /** Write-ahead: the first `count` undos may be needed from now on. */
  intend(count: number): void {
    this.#append({ kind: 'intend', count });
  }

  spawned(process: ProcessIdentity): void {
    this.#append({ kind: 'spawned', ...process });
  }

  /** `command`: what is executed; a pool learns it only now. */
  started(command: readonly string[]): void {
    this.#append({ kind: 'started', command });
  }

  /** Any number of times. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #append(line: JournalLine): void {
    try {
      const bytes = sealed(line);
      // Writes the whole line or throws: on a full disk, write(2) may take only a part.
      writeFileSync(this.#fd, bytes);
      this.#writtenBytes += bytes.length;
      this.#record = applied(this.#record, line);
    } catch (cause) {
      throw stateUnwritable(dirname(this.base), cause);
    }
  }
}

/** A record with what one more line says. */
export function applied(record: JournalRecord, line: JournalLine): JournalRecord {
  switch (line.kind) {
    case 'head': {
      const { kind: _, ...head } = line;
      return { head, intended: 0, started: false };
    }
    case 'intend':
      return { ...record, intended: line.count };
    case 'spawned':
    case 'born':
      return { ...record, process: { pid: line.pid, startTime: line.startTime } };
    case 'started':
      return { ...record, head: { ...record.head, command: line.command }, started: true };
    case 'updated':
      return withGiven(record, line.given);
  }
}

function withGiven(record: JournalRecord, given: GivenLimits): JournalRecord {
  return { ...record, head: { ...record.head, given: { ...record.head.given, ...given } } };
}

/**
 * Appends to the journal of a container of any process. Its maker may append at the same time: with
 * O_APPEND neither overwrites the other's lines.
 *
 * @throws HostError; the journal is then unchanged.
 */
export function appendTo(base: string, line: JournalLine): void {
  try {
    const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
    const flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
    const fd = openSync(pathOf(stateFiles(base).journal), flags);
    const { size } = fstatSync(fd);
    try {
      writeFileSync(fd, sealed(line));
    } catch (error) {
      // A torn line would damage the next one.
      ftruncateSync(fd, size);
      throw error;
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw stateUnwritable(dirname(base), cause);
  }
}

/** Unpooled, so that words can be read from it. Reused: each line is written at once. */
let lineBytes = Buffer.allocUnsafeSlow(4096);

/**
 * JSON with its own checksum as the last member: a bit flip on disk must not yield another pid.
 * Valid until the next call.
 */
function sealed(line: JournalLine): Uint8Array {
  const text = JSON.stringify(line).slice(0, -1);
  const most = text.length * MOST_UTF8_BYTES + SEAL.length + NO_SUM.length + SEAL_END.length;
  if (most > lineBytes.length) lineBytes = Buffer.allocUnsafeSlow(most);
  const length = lineBytes.write(text);
  const seal = SEAL + checksum(lineBytes, length) + SEAL_END;
  return lineBytes.subarray(0, length + lineBytes.write(seal, length, 'latin1'));
}

const SEAL = ',"sum":"';
const SEAL_END = '"}\n';

const NO_SUM = '00000000';
const { imul } = Math;

/**
 * FNV-1a with 32-bit words in place of bytes, over the first `length` bytes; `bytes` begins its own
 * memory. It finds every change within one word, and takes a quarter of the steps: the first start
 * of a process runs them interpreted.
 */
function checksum({ buffer }: Uint8Array, length: number): string {
  const words = new Uint32Array(buffer, 0, length >> 2);
  const rest = new Uint8Array(buffer, words.byteLength, length & 3);
  let hash = 0x811c9dc5;
  const { length: count } = words;
  for (let at = 0; at < count; at++) hash = imul(hash ^ (words[at] ?? 0), 0x01000193);
  for (const byte of rest) hash = imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(NO_SUM.length, '0');
}

/** The checksum of a text by itself. */
export function checksumOf(text: string): string {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return checksum(bytes, bytes.length);
}

/**
 * Removes the journal last: while it exists the id is taken. Missing files are no failure.
 * `detached`: false for a container that has no log and no exit record.
 */
export function removeState(base: string, detached = true): void {
  const { journal, hosts, ...others } = stateFiles(base);
  for (const file of [hosts, ...(detached ? Object.values(others) : [])])
    if (lstatSync(pathOf(file), { throwIfNoEntry: false })) removeIfThere(file);
  removeIfThere(journal);
}

/**
 * The name of a journal before it is complete: hidden, unlike any id, and with its maker's
 * identity.
 */
function draftName({ id, runtime, world }: JournalHead): string {
  return `.${runtime.pid}.${runtime.startTime}.${world.pidNamespace}.${id}`;
}

/** The process that writes a draft, and the PID namespace of its number. */
export interface Drafter extends ProcessIdentity {
  readonly pidNamespace: string;
  readonly id: string;
}

/** Undefined when it is not the name of a draft. */
export function drafterOf(name: string): Drafter | undefined {
  const [, pid, startTime, pidNamespace, id] =
    /^\.(\d+)\.(\d*)\.(\d+:\d+|)\.(.+)$/s.exec(name) ?? [];
  return pid === undefined ||
    startTime === undefined ||
    pidNamespace === undefined ||
    id === undefined
    ? undefined
    : { pid: Number(pid), startTime, pidNamespace, id };
}

/** Its second link is enough. `gc` removes a hidden draft that cannot be removed now. */
function leave(draft: string): void {
  for (let attempts = 2; attempts > 0; attempts--) {
    try {
      unlinkSync(pathOf(draft));
      return;
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
  }
}

/** The first container of a host makes the state directory, too. */
function openDraft(draft: string, stateRoot: string): number {
  const open = () => openSync(pathOf(draft), 'ax', 0o600);
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

/** Another process may remove it at the same moment. */
export function removeIfThere(file: string): void {
  try {
    unlinkSync(pathOf(file));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
