// Encodes plans for the init, and host operations for the addon: native/wire/protocol.h, byte for
// byte.
import { encodeBytes, MOST_UTF8_BYTES } from '../base/bytes.ts';
import type { RlimitType } from '../config/config.ts';
import type {
  CloneFlag,
  ExecOp,
  HostOp,
  InsideOp,
  LifeFlag,
  MountAttribute,
  Target,
  Undo,
} from '../plan/operations.ts';
import {
  AWAITED,
  HEADER,
  HEADER_BYTES,
  HEADER_FLAGS,
  HOST_KIND,
  MAGIC,
  OP,
  OP_BYTES,
  OP_KIND,
  TARGET_FLAGS,
  TEXT,
  TEXT_BYTES,
} from './protocol.ts';

/** linux/sched.h */
const CLONE: Readonly<Record<CloneFlag | LifeFlag, bigint>> = {
  newns: 0x20000n,
  newcgroup: 0x2000000n,
  newuts: 0x4000000n,
  newipc: 0x8000000n,
  newuser: 0x10000000n,
  newpid: 0x20000000n,
  newnet: 0x40000000n,
  newtime: 0x80n,
  autoreap: 1n << 34n,
  nnp: 1n << 35n,
  pidfd_autokill: 1n << 36n,
};

/** linux/mount.h, MOUNT_ATTR_* */
const ATTRIBUTES: Readonly<Record<MountAttribute, number>> = {
  rdonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
};

/** asm-generic/resource.h: the position is the number. */
const RLIMITS: readonly RlimitType[] = [
  ...(['RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_DATA', 'RLIMIT_STACK', 'RLIMIT_CORE'] as const),
  ...(['RLIMIT_RSS', 'RLIMIT_NPROC', 'RLIMIT_NOFILE', 'RLIMIT_MEMLOCK', 'RLIMIT_AS'] as const),
  ...(['RLIMIT_LOCKS', 'RLIMIT_SIGPENDING', 'RLIMIT_MSGQUEUE', 'RLIMIT_NICE'] as const),
  ...(['RLIMIT_RTPRIO', 'RLIMIT_RTTIME'] as const),
];

const S_IFMT = { c: 0x2000, b: 0x6000 };
const PROPAGATION = { private: 1 << 18, slave: 1 << 19 };
const SIGKILL = 9;

/** Performed by the addon: operations of the host phase, and exit actions. */
export type FileOp =
  | Exclude<HostOp, { kind: 'claim' | 'file' | 'scope' | 'leaf' }>
  | Extract<Undo, { kind: 'rmcgroup' }>
  /** Reads the number after a name, in a file of `name number` lines. */
  | { readonly kind: 'count'; readonly path: string; readonly name: string };

/** The bits of clone3(2), setns(2) and unshare(2). */
export function cloneFlags(flags: readonly (CloneFlag | LifeFlag)[]): bigint {
  return flags.reduce((mask, flag) => mask | CLONE[flag], 0n);
}

/**
 * Numbers and texts (or bytes) of one record; `target` becomes the first text and the flags.
 */
interface Fields {
  readonly n?: readonly (bigint | number)[];
  readonly s?: readonly (string | Uint8Array)[];
  readonly target?: Target;
}

function fieldsOf(op: InsideOp | ExecOp, filter: Uint8Array | undefined): Fields {
  switch (op.kind) {
    // Most first: the cases are compared one after the other.
    case 'mask':
    case 'readonly':
      return { target: op.target };
    case 'mount':
      return {
        n: [attributes(op.attributes), op.options.length],
        target: op.target,
        s: [op.fstype, list(op.options)],
      };
    case 'mknod':
      return { n: [S_IFMT[op.type] | op.mode, op.major, op.minor], target: op.target };
    case 'symlink':
      return { target: op.target, s: [op.to] };
    case 'join_cgroup':
      return { s: [op.tasks] };
    case 'setns':
      return { n: [cloneFlags(op.types)], s: [op.path] };
    case 'setns_process':
      return { n: [cloneFlags(op.types)] };
    case 'unshare':
      return { n: [cloneFlags(op.flags)] };
    case 'propagation':
      return { n: [PROPAGATION[op.to]] };
    case 'root':
      return { n: [attributes(op.attributes), op.detached ? 1 : 0], s: [op.source] };
    case 'bind':
      return {
        n: [attributes(op.attributes), op.recursive ? 1 : 0],
        target: op.target,
        s: [op.source],
      };
    case 'mkdir':
      return { n: [op.mode], target: op.target };
    case 'pty':
      return { n: [op.columns, op.rows, op.uid, op.console ? 1 : 0] };
    case 'sethostname':
      return { s: [op.name] };
    case 'netlink':
      return { s: [op.message] };
    case 'sysctl':
      return { s: [`sys/${op.name.replaceAll('.', '/')}`, op.value] };
    case 'bounding':
      return { n: [op.keep, op.last] };
    case 'user':
      return {
        n: [op.uid, op.gid, op.umask, op.groups.length],
        s: [new Uint8Array(Uint32Array.from(op.groups).buffer)],
      };
    case 'rlimit': {
      const { soft, hard } = op;
      return { n: [RLIMITS.indexOf(op.type), soft, hard ?? 0, hard === undefined ? 1 : 0] };
    }
    case 'capset':
      return { n: [op.effective, op.permitted, op.inheritable] };
    case 'seccomp':
      return { n: [0], s: [filter ?? new Uint8Array()] };
    case 'pdeathsig':
      return { n: [SIGKILL] };
    case 'chdir':
      return { s: [op.path] };
    case 'execve':
      return {
        n: [op.stayAsInit ? 1 : 0, op.candidates.length, op.args.length, op.env.length],
        s: [list(op.candidates), list(op.args), list(op.env)],
      };
    case 'await':
      return { n: [AWAITED[op.what]] };
    case 'setsid':
    case 'pivot_root':
    case 'mount_namespace':
    case 'no_new_privs':
      return {};
  }
}

function fileFieldsOf(op: FileOp): Fields {
  switch (op.kind) {
    case 'mkcgroup':
    case 'rmcgroup':
      return { s: [op.path] };
    case 'write':
      return op.readBack === undefined
        ? { s: [op.path, op.value] }
        : { n: [1], s: [op.path, op.value, op.readBack] };
    case 'bpf_devices':
      return { s: [op.path, op.program] };
    case 'count':
      return { s: [op.path, op.name] };
  }
}

function attributes(names: readonly MountAttribute[]): number {
  let mask = 0;
  for (const name of names) mask |= ATTRIBUTES[name];
  return mask;
}

/** A NUL after each; one NUL for none, so that the text is never empty. */
function list(texts: readonly string[]): string {
  let all = '';
  for (const text of texts) all += `${text}\0`;
  return all;
}

const CREATE: Readonly<Record<NonNullable<Target['create']>, number>> = {
  directory: TARGET_FLAGS.create_directory,
  file: TARGET_FLAGS.create_file,
  'like-source': TARGET_FLAGS.create_like_source,
};

function targetFlags({ nofollow, create, optional }: Target): number {
  const created = create === undefined ? 0 : CREATE[create];
  return (nofollow ? TARGET_FLAGS.nofollow : 0) | created | (optional ? TARGET_FLAGS.optional : 0);
}

export interface MessageOptions {
  /** The BPF program of the `seccomp` operation, if there is one. */
  readonly filter?: Uint8Array | undefined;
  readonly detached?: Detached | undefined;
}

/** Where a detached container's output goes. */
export interface LogFile {
  /** Absolute, of the file that exists already. */
  readonly path: string;
  /** Bytes in a file before the next is begun; 0 for no limit. */
  readonly maxBytes: number;
}

/** What the watcher of a detached container needs. */
export interface Detached {
  /** The container's namespaces (and CLONE_INTO_CGROUP), for clone3(2). */
  readonly flags: bigint;
  readonly log: LogFile;
}

/**
 * The message for the init: header, records, texts, each followed by a NUL. Valid until the next
 * call.
 */
export function encodePlan(
  ops: readonly (InsideOp | ExecOp)[],
  { filter, detached }: MessageOptions = {},
): Uint8Array {
  return message.encode(ops, detached, (op, index) => {
    message.record(index, OP_KIND[op.kind], fieldsOf(op, filter));
  });
}

/** The same for host operations. Valid until the next call. */
export function encodeHost(ops: readonly FileOp[]): Uint8Array {
  return message.encode(ops, undefined, (op, index) => {
    message.record(index, HOST_KIND[op.kind], fileFieldsOf(op));
  });
}

/** Programs and id lists are read in place. */
const ALIGNED = 8;
/** What follows a text of a length modulo ALIGNED: a NUL at least. */
const PADDING = Array.from({ length: ALIGNED }, (_, rest) => '\0'.repeat(ALIGNED - rest));
const TWO_32 = 2 ** 32;

/**
 * A growing buffer, reused for each message: this is on the path of every start.
 */
class Message {
  #bytes = Buffer.alloc(32768);
  /** The same bytes: x86-64 and arm64 are little-endian. */
  #words = new Uint32Array(this.#bytes.buffer);
  #end = 0;
  /**
   * Texts with their padding that are written at once, from `#textsAt` on. Their lengths are known
   * if all are ASCII, as most messages are.
   */
  #texts: string[] = [];
  #textsAt = 0;
  #ascii = true;
  /** One was not, so it is encoded again, text by text. */
  #misplaced = false;

  /** `record`: calls `record` for the operation. */
  encode<Op>(
    ops: readonly Op[],
    detached: Detached | undefined,
    record: (op: Op, index: number) => void,
  ): Uint8Array {
    for (this.#ascii = true; ; this.#ascii = false) {
      this.#bytes.fill(0, 0, this.#end);
      this.#end = HEADER_BYTES + ops.length * OP_BYTES;
      this.#textsAt = this.#end;
      this.#texts = [];
      this.#misplaced = false;
      this.#reserve(0);
      ops.forEach(record);
      if (this.#finish(ops.length, detached)) return this.#bytes.subarray(0, this.#end);
    }
  }

  record(index: number, kind: number, { n, s, target }: Fields): void {
    const at = HEADER_BYTES + index * OP_BYTES;
    this.#words[(at + OP.kind) >> 2] = kind;
    let text = at + OP.s;
    if (target) {
      this.#words[(at + OP.flags) >> 2] = targetFlags(target);
      this.#text(text, target.path);
      text += TEXT_BYTES;
    }
    if (n) for (let i = 0; i < n.length; i++) this.#number64(at + OP.n + i * 8, n[i] ?? 0);
    if (s) for (let i = 0; i < s.length; i++) this.#text(text + i * TEXT_BYTES, s[i] ?? '');
  }

  #number64(at: number, value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#words[at >> 2] = Number(value & 0xffffffffn);
      this.#words[(at + 4) >> 2] = Number((value >> 32n) & 0xffffffffn);
    } else {
      this.#words[at >> 2] = value;
      if (value < 0 || value >= TWO_32) this.#words[(at + 4) >> 2] = Math.floor(value / TWO_32);
    }
  }

  /** Aligned, and with a NUL behind it. */
  #text(at: number, text: string | Uint8Array): void {
    if (this.#ascii && typeof text === 'string') {
      this.#texts.push(text, PADDING[text.length % ALIGNED] ?? '');
      this.#place(at, text.length);
      return;
    }
    this.#writeTexts();
    const bytes = typeof text === 'string' ? encodeBytes(text) : text;
    this.#reserve(bytes.length + ALIGNED);
    this.#bytes.set(bytes, this.#end);
    this.#place(at, bytes.length);
    this.#textsAt = this.#end;
  }

  #place(at: number, length: number): void {
    this.#words[(at + TEXT.offset) >> 2] = this.#end;
    this.#words[(at + TEXT.length) >> 2] = length;
    this.#end += (length + ALIGNED) & -ALIGNED;
  }

  #writeTexts(): void {
    if (this.#texts.length === 0) return;
    const all = this.#texts.join('');
    this.#texts = [];
    this.#reserve(all.length * MOST_UTF8_BYTES);
    const written = this.#bytes.write(all, this.#textsAt);
    if (written === all.length) return;
    this.#misplaced = true;
    // What is to be cleared.
    this.#end = Math.max(this.#end, this.#textsAt + written);
  }

  #finish(count: number, detached: Detached | undefined): boolean {
    if (detached) {
      this.#number64(HEADER.clone_flags, detached.flags);
      this.#number64(HEADER.log_bytes, detached.log.maxBytes);
      this.#text(HEADER.log, detached.log.path);
    }
    this.#writeTexts();
    this.#words[HEADER.magic >> 2] = MAGIC;
    this.#words[HEADER.total_bytes >> 2] = this.#end;
    this.#words[HEADER.op_count >> 2] = count;
    this.#words[HEADER.flags >> 2] = detached === undefined ? 0 : HEADER_FLAGS.detached;
    return !this.#misplaced;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const length = Math.max(this.#bytes.length * 2, (this.#end + more + 7) & ~7);
    this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(length - this.#bytes.length)]);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }
}

const message = new Message();
