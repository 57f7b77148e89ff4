// The records of what the init and the addon performed: native/wire/protocol.h, byte for byte.

const LENGTH = 32;
const PID = 0xfffffffe;
const INIT = 0xfffffffd;
const END = 0x40000000;

/** In place of a system call: the kernel keeps another value than was written. */
export const READ_BACK = 'read back';

/** enum Call: the position is the number. */
const SYSCALLS = [
  ...[
    '',
    'open',
    'write',
    'setns',
    'read',
    'unshare',
    'setsid',
    'mount',
    'open_tree',
    'move_mount',
    'mount_setattr',
    'fsopen',
  ],
  ...[
    'fsconfig',
    'fsmount',
    'openat2',
    'mkdirat',
    'mknodat',
    'fchmod',
    'symlinkat',
    'statx',
    'ioctl',
    'dup3',
    'fchdir',
    'pivot_root',
  ],
  ...[
    'umount2',
    'chdir',
    'sethostname',
    'socket',
    'sendto',
    'recvfrom',
    'prctl',
    'setgroups',
    'setresgid',
    'setresuid',
    'capset',
  ],
  ...[
    'seccomp',
    'getcwd',
    'execve',
    'clone3',
    'mmap',
    'fchown',
    'mkdir',
    'rmdir',
    'bpf BPF_PROG_LOAD',
    'bpf BPF_PROG_ATTACH',
    'readlinkat',
    'prlimit64',
    READ_BACK,
    'check',
  ],
  ...[
    'close_range',
    'fcntl',
    'clone',
    'rt_sigaction',
    'rt_sigprocmask',
    'setpgid',
    'ppoll',
    'pipe2',
    'fstatfs',
  ],
];

/**
 * `operation`: one of those that were asked for. `end`: one for after the end. `pid`: what the
 * watcher of a detached container reports first. `init`: a call of the init itself that failed.
 */
export type Place = 'operation' | 'end' | 'pid' | 'init';

/** How one operation went. */
export interface Result {
  readonly place: Place;
  readonly index: number;
  readonly errno: number;
  readonly syscall: string;
  readonly extra: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/**
 * Records in whatever pieces they arrive. On the way of every start only what went wrong is
 * decoded: the rest when a trace is wanted.
 */
export class Records {
  #bytes: Buffer = Buffer.alloc(0);
  #seen = 0;
  #last = -1;

  /**
   * Takes more bytes. Answers what has to be acted on: whatever failed while the container was
   * made, and `pid`.
   */
  add(bytes: Buffer): Result[] {
    this.#bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, bytes]) : bytes;
    const notable: Result[] = [];
    for (let at = this.#seen * LENGTH; at + LENGTH <= this.#bytes.length; at += LENGTH) {
      const index = this.#bytes.readUInt32LE(at);
      const place = placeOf(index);
      if (place === 'pid' || (place !== 'end' && this.#bytes.readInt32LE(at + 4) !== 0))
        notable.push(this.#at(at));
      // Others come at any time: several write.
      if (place === 'operation') this.#last = index;
      this.#seen += 1;
    }
    return notable;
  }

  /** Position of the last operation reported; -1 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** Forgets the last operation: it is performed again. */
  takeBack(): void {
    this.#seen -= 1;
    this.#last -= 1;
    this.#bytes = this.#bytes.subarray(0, this.#seen * LENGTH);
  }

  /** Every record so far, in order. */
  all(): Result[] {
    return Array.from({ length: this.#seen }, (_, number) => this.#at(number * LENGTH));
  }

  /** Those of one place. */
  of(place: Place): Result[] {
    const found: Result[] = [];
    for (let at = 0; at < this.#seen * LENGTH; at += LENGTH) {
      if (placeOf(this.#bytes.readUInt32LE(at)) === place) found.push(this.#at(at));
    }
    return found;
  }

  #at(at: number): Result {
    const bytes = this.#bytes;
    const index = bytes.readUInt32LE(at);
    const place = placeOf(index);
    return {
      place,
      index: place === 'pid' || place === 'init' ? 0 : index & ~END,
      errno: bytes.readInt32LE(at + 4),
      syscall: SYSCALLS[bytes.readUInt32LE(at + 8)] ?? '',
      extra: bytes.readUInt32LE(at + 12),
      startNs: bytes.readBigUInt64LE(at + 16),
      endNs: bytes.readBigUInt64LE(at + 24),
    };
  }
}

function placeOf(index: number): Place {
  if (index < END) return 'operation';
  if (index === INIT) return 'init';
  return index === PID ? 'pid' : 'end';
}
