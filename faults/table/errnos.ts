// The injected errors of each system call: those of its man page for shortage, for permission, and
// for a signal. Only these calls are tested.

const DESCRIPTORS = ['EMFILE', 'ENFILE', 'ENOMEM'] as const;
const NEW_FILE = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'ENOMEM'] as const;
const MOUNTING = ['EPERM', 'ENOMEM', 'EBUSY'] as const;

/** In order of likelihood: a sample takes the first more often. */
const ERRNOS: Readonly<Record<string, readonly string[]>> = {
  access: ['EACCES', 'ENOMEM'],
  faccessat2: ['EACCES', 'ENOMEM'],
  open: [...DESCRIPTORS, 'EACCES', 'EIO', 'ENOSPC', 'EROFS', 'EINTR'],
  openat: [...DESCRIPTORS, 'EACCES', 'EIO', 'ENOSPC', 'EROFS', 'EINTR'],
  openat2: [...DESCRIPTORS, 'EACCES', 'EIO', 'EAGAIN'],
  read: ['EIO', 'ENOMEM'],
  pread64: ['EIO'],
  readv: ['EIO'],
  write: ['ENOSPC', 'EDQUOT', 'EIO'],
  pwrite64: ['ENOSPC', 'EDQUOT', 'EIO'],
  writev: ['ENOSPC', 'EIO'],
  close: ['EIO', 'EDQUOT', 'EINTR'],
  close_range: ['EMFILE', 'ENOMEM'],
  mkdir: NEW_FILE,
  mkdirat: NEW_FILE,
  mknodat: [...NEW_FILE, 'EPERM'],
  symlinkat: [...NEW_FILE, 'EPERM'],
  link: NEW_FILE,
  linkat: NEW_FILE,
  rename: NEW_FILE,
  renameat2: NEW_FILE,
  rmdir: ['EBUSY', 'EACCES', 'ENOMEM', 'EROFS'],
  unlink: ['EACCES', 'EIO', 'ENOMEM', 'EROFS', 'EBUSY'],
  unlinkat: ['EACCES', 'EIO', 'ENOMEM', 'EROFS', 'EBUSY'],
  readlink: ['EACCES', 'EIO', 'ENOMEM'],
  readlinkat: ['EACCES', 'EIO', 'ENOMEM'],
  statx: ['EACCES', 'ENOMEM'],
  newfstatat: ['EACCES', 'ENOMEM'],
  getdents64: ['ENOENT', 'EIO'],
  ftruncate: ['EIO', 'EINTR', 'ENOSPC'],
  fallocate: ['ENOSPC', 'EIO', 'EINTR'],
  fchmod: ['EPERM', 'EIO', 'EROFS'],
  fchown: ['EPERM', 'EIO', 'EROFS'],
  fchownat: ['EPERM', 'EIO', 'EROFS'],
  fsync: ['EIO', 'ENOSPC'],
  statfs: ['EIO', 'ENOMEM', 'EINTR', 'EACCES'],
  fstatfs: ['EIO', 'ENOMEM', 'EINTR'],
  flock: ['EINTR', 'ENOLCK'],
  memfd_create: [...DESCRIPTORS, 'EPERM'],
  pipe2: ['EMFILE', 'ENFILE', 'ENOMEM'],
  dup: ['EMFILE'],
  dup2: ['EMFILE', 'EBUSY', 'EINTR'],
  dup3: ['EMFILE', 'EBUSY', 'EINTR'],
  fcntl: ['EMFILE'],
  ioctl: ['EIO', 'ENOMEM', 'EPERM'],
  splice: ['ENOMEM', 'EIO', 'ENOSPC', 'EINTR'],
  socket: ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EACCES'],
  socketpair: ['EMFILE', 'ENFILE', 'ENOMEM'],
  bind: ['ENOMEM', 'EACCES', 'EADDRINUSE'],
  setsockopt: ['ENOMEM', 'EPERM'],
  getsockname: ['ENOBUFS'],
  sendto: ['ENOBUFS', 'ENOMEM', 'EINTR', 'EAGAIN'],
  sendmsg: ['ENOBUFS', 'ENOMEM', 'EINTR', 'EAGAIN'],
  recvfrom: ['ENOBUFS', 'ENOMEM', 'EINTR'],
  recvmsg: ['ENOBUFS', 'ENOMEM', 'EINTR'],
  poll: ['EINTR', 'ENOMEM'],
  ppoll: ['EINTR', 'ENOMEM'],
  epoll_create1: DESCRIPTORS,
  epoll_ctl: ['ENOSPC', 'ENOMEM'],
  epoll_wait: ['EINTR'],
  epoll_pwait: ['EINTR'],
  eventfd2: DESCRIPTORS,
  timerfd_create: DESCRIPTORS,
  timerfd_settime: ['ECANCELED'],
  signalfd4: DESCRIPTORS,
  inotify_init1: DESCRIPTORS,
  inotify_add_watch: ['ENOSPC', 'ENOMEM', 'EACCES'],
  pidfd_open: DESCRIPTORS,
  pidfd_send_signal: ['EPERM', 'ESRCH'],
  kill: ['EPERM', 'ESRCH'],
  clone: ['EAGAIN', 'ENOMEM', 'EPERM'],
  clone3: ['EAGAIN', 'ENOMEM', 'EPERM', 'ENOSPC', 'EBUSY'],
  fork: ['EAGAIN', 'ENOMEM'],
  vfork: ['EAGAIN', 'ENOMEM'],
  execve: ['ENOMEM', 'EAGAIN', 'EACCES', 'EIO', 'EMFILE', 'ENFILE', 'E2BIG', 'ETXTBSY'],
  execveat: ['ENOMEM', 'EAGAIN', 'EACCES', 'EIO', 'EMFILE', 'ENFILE'],
  wait4: ['EINTR'],
  waitid: ['EINTR'],
  mmap: ['ENOMEM'],
  setns: ['EPERM', 'ENOMEM'],
  unshare: ['ENOSPC', 'ENOMEM', 'EPERM'],
  mount: MOUNTING,
  umount2: MOUNTING,
  fsopen: [...DESCRIPTORS, 'EPERM'],
  fsconfig: MOUNTING,
  fsmount: [...DESCRIPTORS, 'EPERM', 'EBUSY'],
  open_tree: [...DESCRIPTORS, 'EPERM', 'EACCES'],
  move_mount: [...MOUNTING, 'EACCES'],
  mount_setattr: MOUNTING,
  pivot_root: ['EBUSY', 'EPERM'],
  chroot: ['EPERM', 'ENOMEM'],
  chdir: ['EACCES', 'EIO', 'ENOMEM'],
  fchdir: ['EACCES', 'EIO'],
  sethostname: ['EPERM'],
  capset: ['EPERM'],
  prctl: ['EPERM', 'ENOMEM'],
  seccomp: ['ENOMEM', 'EACCES'],
  prlimit64: ['EPERM'],
  setgroups: ['ENOMEM', 'EPERM'],
  setresuid: ['EAGAIN', 'EPERM'],
  setresgid: ['EAGAIN', 'EPERM'],
  setsid: ['EPERM'],
  keyctl: ['EDQUOT', 'ENOMEM', 'EPERM'],
  bpf: ['EPERM', 'ENOMEM'],
  io_uring_setup: [...DESCRIPTORS, 'EPERM'],
};

/** Names of the tested calls. */
export const CALLS = Object.keys(ERRNOS);

/** Possible errors on descriptors of these kinds; none on an eventfd. */
const TARGETS: readonly (readonly [target: RegExp, errnos: readonly string[]])[] = [
  [/^(anon_inode:|flags$)/, []],
  [/^(pipe|socket):/, ['EINTR']],
  [/^\/dev\/(pts|ptmx)/, ['EIO', 'EINTR']],
  [/^\/sys\/fs\/cgroup/, ['ENOMEM', 'EINTR', 'EBUSY', 'ENOSPC', 'EIO']],
];
const ON_DESCRIPTORS = /^(p?(read|write)v?(64)?|close|fcntl)$/;

/**
 * The errors of `call`; none for an untested call. `target`: its path, or the target of its
 * descriptor.
 */
export function errnosOf(call: string, target: string): readonly string[] {
  const kind = ON_DESCRIPTORS.test(call) && TARGETS.find(([pattern]) => pattern.test(target));
  return kind ? kind[1] : (ERRNOS[call] ?? []);
}
