// What ran out when a system call failed for want of something, and how to raise that limit.
import { HostError, TerrariumError } from '../errors.ts';
import { errnoMeaning, errnoName } from './errno.ts';

/** Errors that say the same whatever the call: errno(3). */
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

/** ENOSPC and EAGAIN stand for another limit in each call. */
const BY_CALL: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  // EAGAIN
  11: {
    clone3: 'no more processes are allowed: raise `ulimit -u`, the pids limit of this session',
    fork: 'no more processes are allowed: raise `ulimit -u`, the pids limit of this session',
    pthread_create:
      'no more threads are allowed: raise `ulimit -u`, the pids limit of this session',
  },
  // ENOSPC
  28: {
    epoll_ctl: 'the watches of this user are used up: raise `sysctl fs.epoll.max_user_watches`',
    inotify_add_watch:
      'the watches of this user are used up: raise `sysctl fs.inotify.max_user_watches`',
    clone3: 'no more namespaces of this kind are allowed: raise `sysctl user.max_*_namespaces`',
    unshare: 'no more namespaces of this kind are allowed: raise `sysctl user.max_*_namespaces`',
    write: 'the file system is full: make room (df, df -i)',
    open: 'the file system is full: make room (df, df -i)',
  },
};

/**
 * A line of help for a call that failed because a resource is used up; undefined for every other
 * failure. `errno` is positive, `syscall` as the error names it (`epoll_ctl`, `open`).
 */
export function exhaustionHint(errno: number, syscall: string): string | undefined {
  return BY_CALL[errno]?.[syscall] ?? BY_ERRNO[errno];
}

/** A failed system call as Node's own errors tell it. */
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

/** EMFILE and ENFILE in the words of a loader that keeps no errno: dlopen(3). */
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
  // One of the runtime's own says already what was being done.
  if (!(cause instanceof Error) || cause instanceof TerrariumError) return undefined;
  const known = 'errno' in cause && typeof cause.errno === 'number' ? Math.abs(cause.errno) : 0;
  const errno = known || (LOADER_WORDS.find(([words]) => cause.message.includes(words))?.[1] ?? 0);
  const syscall = 'syscall' in cause ? String(cause.syscall) : 'dlopen';
  const hint = exhaustionHint(errno, syscall);
  if (hint === undefined) return undefined;
  const fact = `${syscall}: ${errnoName(errno)}, ${errnoMeaning(errno)}`;
  return new HostError('resources', fact, { hint, cause });
}
