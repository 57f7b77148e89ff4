// Names the resource that a failed system call lacked, and how to raise its limit.
import { HostError, TerrariumError } from '../base/errors.ts';
import { errnoMeaning, errnoName } from './errno.ts';

/** Errors with one meaning for all calls: errno(3). */
const BY_ERRNO: Readonly<Record<number, string>> = {
  // ENOMEM
  12: 'the host, or the cgroup that this command runs in, is out of memory',
  // ENFILE
  23: 'the host has too many open files: raise `sysctl fs.file-max`',
  // EMFILE
  24: 'this process has too many open descriptors: raise `ulimit -n`',
  // EFBIG
  27: 'the file would pass `ulimit -f`: raise it',
  // ENOBUFS
  105: 'the kernel is out of socket buffers: free memory, or raise `sysctl net.core.wmem_max`',
  // EDQUOT
  122: 'the disk quota is used up: make room, or ask for more',
};

const PROCESSES =
  'no more processes are allowed: raise `ulimit -u`, the pids limit of this session, ' +
  '`sysctl kernel.threads-max` or `kernel.pid_max`';
const THREADS = PROCESSES.replace('processes', 'threads');
const NAMESPACES =
  'no more namespaces of this kind are allowed: raise `sysctl user.max_*_namespaces`';
const FULL = 'the file system is full: make room (df, df -i)';
const MOUNTS = 'this mount namespace holds no more mounts: raise `sysctl fs.mount-max`';
const KEYS =
  'the keys of this user are used up: raise `sysctl kernel.keys.maxkeys` and ' +
  '`kernel.keys.maxbytes` (`root_maxkeys`, `root_maxbytes` for root)';
const TERMINALS = 'the terminals are used up: raise `sysctl kernel.pty.max`';
const INSTANCES =
  'the inotify instances of this user are used up: raise ' +
  '`sysctl fs.inotify.max_user_instances`, or this process has too many open descriptors: ' +
  'raise `ulimit -n`';
const WATCHES = 'the watches of this user are used up: raise `sysctl fs.inotify.max_user_watches`';
const LOCKED = 'no more memory may be locked: raise `ulimit -l`';
const LOCKED_BPF =
  'the host is out of memory, or before Linux 5.11 no more may be locked: raise `ulimit -l`';

const of = (names: string, hint: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, hint]));

/**
 * Errors whose limit depends on the call: section ERRORS of each call's manual page;
 * sysctls from Documentation/admin-guide/sysctl (fs.rst, kernel.rst, user.rst).
 */
const BY_CALL: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  // EAGAIN
  11: {
    ...of('clone3 clone fork vfork spawn spawnSync', PROCESSES),
    pthread_create: THREADS,
    ...of('mlock mlockall', LOCKED),
  },
  // ENOMEM
  12: {
    ...of('mlock mlockall', LOCKED),
    mmap: 'the host is out of memory, or the process has too many maps: `sysctl vm.max_map_count`',
    ...of('bpf io_uring_setup', LOCKED_BPF),
  },
  // EMFILE
  24: of('inotify_init inotify_init1 watch', INSTANCES),
  // ENOSPC
  28: {
    epoll_ctl: 'the watches of this user are used up: raise `sysctl fs.epoll.max_user_watches`',
    ...of('inotify_add_watch watch', WATCHES),
    ...of('clone3 clone unshare', NAMESPACES),
    ...of('mount move_mount open_tree fsmount', MOUNTS),
    ...of('openpty posix_openpt', TERMINALS),
    ...of('write open openat copyfile fsync ftruncate fallocate close', FULL),
    ...of('mkdir rename link symlink mkdtemp', FULL),
  },
  // EUSERS
  87: of('clone3 clone unshare', 'user namespaces are nested 32 deep: leave some of them'),
  // ENOBUFS
  105: of(
    'recvfrom recvmsg recv',
    'the kernel had more to say than the socket holds: raise `sysctl net.core.rmem_default`',
  ),
  // EDQUOT
  122: of('add_key request_key keyctl', KEYS),
};

/**
 * A line of help for a call that failed because a resource is used up; undefined for every other
 * failure. `errno` is positive, `syscall` as the error names it: `epoll_ctl`, Node's `spawn sh`,
 * our `bpf BPF_PROG_LOAD`. `path` is what was opened, where that is known.
 */
export function exhaustionHint(errno: number, syscall: string, path = ''): string | undefined {
  const [name = ''] = syscall.split(' ');
  const call = name === 'open' && path.endsWith('/ptmx') ? 'openpty' : name;
  return BY_CALL[errno]?.[call] ?? BY_ERRNO[errno];
}

/** A failed system call with the fields of Node's errors. */
export class CallError extends Error {
  override name = 'CallError';
  readonly errno: number;
  readonly syscall: string;

  constructor({ errno, syscall }: { readonly errno: number; readonly syscall: string }) {
    super(`${syscall}: ${errnoName(errno)}, ${errnoMeaning(errno)}`);
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** EMFILE and ENFILE in the text of dlopen(3), which keeps no errno. */
const LOADER_WORDS: readonly (readonly [words: string, errno: number])[] = [
  ['Too many open files in system', 23],
  ['Too many open files', 24],
  ['Cannot allocate memory', 12],
  ['failed to map segment', 12],
];

/**
 * The error for a system call that failed because a resource is used up; undefined for every other
 * failure. Takes Node's errors, the addon's, and those of loading a library.
 */
export function exhaustedResource(cause: unknown): HostError | undefined {
  // Errors of the runtime name the action already.
  if (!(cause instanceof Error) || cause instanceof TerrariumError) return undefined;
  const known = 'errno' in cause && typeof cause.errno === 'number' ? Math.abs(cause.errno) : 0;
  const errno = known || (LOADER_WORDS.find(([words]) => cause.message.includes(words))?.[1] ?? 0);
  const syscall = 'syscall' in cause ? String(cause.syscall) : 'dlopen';
  const path = 'path' in cause ? String(cause.path) : undefined;
  const hint = exhaustionHint(errno, syscall, path);
  if (hint === undefined) return undefined;
  const fact = `${syscall}: ${errnoName(errno)}, ${errnoMeaning(errno)}`;
  return new HostError('resources', fact, { hint, cause });
}
