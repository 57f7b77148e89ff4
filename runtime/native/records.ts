// The records that the init answers: native/wire/protocol.h, byte for byte.

const LENGTH = 32;
const PID = 0xfffffffe;

/** enum Call: the position is the number. */
const SYSCALLS = [
  ...['', 'open', 'write', 'setns', 'read', 'unshare', 'setsid', 'mount', 'open_tree', 'move_mount', 'mount_setattr', 'fsopen'],
  ...['fsconfig', 'fsmount', 'openat2', 'mkdirat', 'mknodat', 'fchmod', 'symlinkat', 'statx', 'ioctl', 'dup3', 'fchdir', 'pivot_root'],
  ...['umount2', 'chdir', 'sethostname', 'socket', 'sendto', 'recvfrom', 'prctl', 'setgroups', 'setresgid', 'setresuid', 'capset'],
  ...['seccomp', 'getcwd', 'execve', 'clone3', 'mmap', 'fchown'],
];

/** How one operation went. `pid` instead of an operation: what the watcher of a detached container reports first. */
export interface Result {
  readonly index: number | 'pid';
  readonly errno: number;
  readonly syscall: string;
  readonly extra: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Records in whatever pieces they arrive. On the way of every start only what went wrong is decoded: the rest when a trace is wanted. */
export class Records {
  #bytes: Buffer = Buffer.alloc(0);
  #seen = 0;
  #last = -1;

  /** Takes more bytes. Answers what has to be acted on: whatever failed, and `pid`. */
  add(bytes: Buffer): Result[] {
    this.#bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, bytes]) : bytes;
    const notable: Result[] = [];
    for (let at = this.#seen * LENGTH; at + LENGTH <= this.#bytes.length; at += LENGTH) {
      const index = this.#bytes.readUInt32LE(at);
      if (this.#bytes.readInt32LE(at + 4) !== 0 || index === PID) notable.push(this.#at(at));
      // The watcher's record comes at any time: two processes write.
      if (index !== PID) this.#last = index;
      this.#seen += 1;
    }
    return notable;
  }

  /** Position of the last operation reported; -1 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** Every record so far, in order. */
  all(): Result[] {
    return Array.from({ length: this.#seen }, (_, number) => this.#at(number * LENGTH));
  }

  #at(at: number): Result {
    const bytes = this.#bytes;
    const index = bytes.readUInt32LE(at);
    return {
      index: index === PID ? 'pid' : index,
      errno: bytes.readInt32LE(at + 4),
      syscall: SYSCALLS[bytes.readUInt32LE(at + 8)] ?? '',
      extra: bytes.readUInt32LE(at + 12),
      startNs: bytes.readBigUInt64LE(at + 16),
      endNs: bytes.readBigUInt64LE(at + 24),
    };
  }
}
