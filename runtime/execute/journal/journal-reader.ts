// Reads journals and trusts nothing: a disk error, a power cut or another version may have left any
// bytes in their place.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { pathOf } from '../../base/bytes.ts';
import { isErrno } from '../../cgroups/files.ts';
import {
  applied,
  checksumOf,
  JOURNAL_VERSIONS,
  type JournalLine,
  type JournalRecord,
  stateFiles,
} from './journal.ts';

/** Far more than arguments and environment can be. */
const MAXIMUM_BYTES = 64 * 2 ** 20;

export type JournalReading =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | { readonly kind: 'absent' }
  /** `reason` completes the sentence "`file` …". */
  | {
      readonly kind: 'damaged';
      readonly file: string;
      readonly reason: string;
      /** The kernel refused to read it, so its contents are unknown. */
      readonly unread: boolean;
    };

const text = v.string();
const texts = v.array(text);
const number = v.number();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const identity = { pid: v.pipe(v.number(), v.integer(), v.minValue(1)), startTime: text };
const version = v.picklist(JOURNAL_VERSIONS);
const controllers = [
  'memory',
  'cpu',
  'cpuacct',
  'cpuset',
  'pids',
  'devices',
  'freezer',
  'blkio',
  'unified',
] as const;
const namespaces = ['mount', 'pid', 'network', 'uts', 'ipc', 'cgroup', 'user', 'time'] as const;

const RLIMITS = [
  ...(['RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_DATA', 'RLIMIT_STACK', 'RLIMIT_CORE'] as const),
  ...(['RLIMIT_RSS', 'RLIMIT_NPROC', 'RLIMIT_NOFILE', 'RLIMIT_MEMLOCK', 'RLIMIT_AS'] as const),
  ...(['RLIMIT_LOCKS', 'RLIMIT_SIGPENDING', 'RLIMIT_MSGQUEUE', 'RLIMIT_NICE'] as const),
  ...(['RLIMIT_RTPRIO', 'RLIMIT_RTTIME'] as const),
];

const undo = v.variant('kind', [
  v.object({ kind: v.literal('unclaim'), path: text, holder: text }),
  v.object({ kind: v.literal('rmcgroup'), path: text, killFile: v.exactOptional(text) }),
  v.object({ kind: v.literal('rmlink'), name: text }),
  v.object({ kind: v.literal('stopunit'), name: text, path: text }),
]);

const line: v.GenericSchema<unknown, JournalLine> = v.variant('kind', [
  v.object({
    kind: v.literal('head'),
    version,
    world: v.object({
      bootId: text,
      pidNamespace: text,
      timeNamespace: text,
      networkNamespace: text,
      hierarchies: v.record(text, text),
    }),
    id: text,
    createdAt: text,
    runtime: v.object(identity),
    hostname: text,
    rootfs: text,
    command: texts,
    env: texts,
    user: v.object({ uid: number, gid: number, additionalGids: v.array(number) }),
    cwd: text,
    umask: v.optional(number),
    rlimits: v.array(
      v.object({ type: v.picklist(RLIMITS), soft: number, hard: v.exactOptional(number) }),
    ),
    address: v.optional(text),
    namespaces: v.array(v.picklist(namespaces)),
    capabilities: texts,
    noNewPrivileges: v.boolean(),
    seccomp: v.picklist(['default', 'unconfined']),
    cgroups: v.object({
      mode: v.picklist(['v1', 'hybrid', 'v2', 'none']),
      cpuset: v.boolean(),
      directories: v.array(
        v.object({ controllers: v.array(v.picklist(controllers)), root: text, path: text }),
      ),
    }),
    given: v.optional(v.record(text, text)),
    ownPids: v.boolean(),
    detach: v.boolean(),
    undo: v.array(undo),
  }),
  v.object({ kind: v.literal('intend'), count }),
  v.object({ kind: v.picklist(['spawned', 'born']), ...identity }),
  v.object({ kind: v.literal('started'), command: texts }),
  v.object({ kind: v.literal('updated'), given: v.record(text, text) }),
]);

/** Reads a container's journal: `base` is the state directory and the id. Never throws. */
export function readJournal(base: string): JournalReading {
  const file = stateFiles(base).journal;
  try {
    const bytes = contents(file);
    return bytes === undefined
      ? { kind: 'absent' }
      : { kind: 'record', record: parseJournal(bytes, basename(base)) };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { kind: 'damaged', file, reason: error.message, unread: error.unread };
  }
}

/** The last journal that was parsed: a command reads its container's several times. */
let last:
  | { readonly id: string; readonly whole: string; readonly record: JournalRecord }
  | undefined;

/** @throws Damage. */
function parseJournal(bytes: Uint8Array, id: string): JournalRecord {
  const whole = decoded(bytes);
  if (last?.id !== id || last.whole !== whole)
    last = { id, whole, record: parseLines(bytes, whole, id) };
  return last.record;
}

/** @throws Damage. Pure. */
function parseLines(bytes: Uint8Array, whole: string, id: string): JournalRecord {
  // The last line may be torn: its writer died, and its step had not run.
  const lines = whole.slice(0, whole.lastIndexOf('\n') + 1).split('\n');
  lines.pop();
  if (lines.length === 0)
    throw new Damage(bytes.length === 0 ? 'is empty' : 'is cut off in its first line');
  const [head, ...rest] = lines.map((words, index) => parseLine(words, index + 1));
  if (head?.kind !== 'head') throw new Damage('does not begin with what the container is');
  if (head.id !== id) throw new Damage(`is the journal of ${JSON.stringify(head.id)}`);
  const { kind: _, ...first } = head;
  return rest.reduce<JournalRecord>(applied, { head: first, intended: 0, started: false });
}

function parseLine(words: string, position: number): JournalLine {
  const damaged = new Damage(`is damaged in line ${position}`);
  const [, sealed, sum] = /^(.*),"sum":"([0-9a-f]{8})"\}$/s.exec(words) ?? [];
  let said: unknown;
  try {
    said = JSON.parse(words);
  } catch {
    throw damaged;
  }
  const head = v.safeParse(
    v.object({ kind: v.literal('head'), version: v.optional(v.unknown()) }),
    said,
  );
  if (head.success && !v.is(version, head.output.version))
    throw new Damage('was written by another version of terrarium');
  if (sealed === undefined || checksumOf(sealed) !== sum) throw damaged;
  const parsed = v.safeParse(line, said);
  if (parsed.success) return parsed.output;
  const where = parsed.issues[0] && v.getDotPath(parsed.issues[0]);
  throw new Damage(`has another shape in line ${position}${where ? ` (${where})` : ''}`);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Damage('is not UTF-8');
  }
}

/**
 * Undefined when there is none. Reads only regular files: a fifo would block.
 */
function contents(file: string): Uint8Array | undefined {
  let fd: number;
  try {
    fd = openSync(pathOf(file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'ELOOP')) throw new Damage('is a symbolic link');
    throw new Damage(`cannot be read: ${isErrno(error) ? error.code : String(error)}`, true);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Damage('is not a file');
    if (stats.size > MAXIMUM_BYTES) throw new Damage(`is ${stats.size} bytes long`);
    return readFileSync(fd);
  } catch (error) {
    if (error instanceof Damage) throw error;
    throw new Damage(`cannot be read: ${isErrno(error) ? error.code : String(error)}`, true);
  } finally {
    closeSync(fd);
  }
}

class Damage extends Error {
  override name = 'Damage';
  readonly unread: boolean;

  constructor(message: string, unread = false) {
    super(message);
    this.unread = unread;
  }
}
