// The conventional seccomp profile (docker's and podman's default) as rules: what is not listed fails with EPERM, what a newer kernel adds with ENOSYS.
import { capabilityMask } from '../config/capabilities.ts';

const ALLOW = 0x7fff0000;
const errnoAction = (errno: number) => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;

/** enum scmp_compare */
const LT = 2;
const EQ = 4;
const GT = 6;
const MASKED_EQ = 7;

export interface Comparison {
  readonly index: number;
  readonly op: number;
  readonly value: bigint;
  readonly valueTwo: bigint;
}

export interface SeccompRule {
  /** SECCOMP_RET_* with its data. */
  readonly action: number;
  readonly names: readonly string[];
  readonly args: readonly Comparison[];
}

export interface SeccompProgram {
  readonly defaultAction: number;
  readonly rules: readonly SeccompRule[];
}

/** What any program may call. */
const ALLOWED = `
accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres
clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup
dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve
execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32
fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64 getegid
getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt get_thread_area gettid
gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy
io_getevents io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit ipc kill landlock_add_rule landlock_create_ruleset
landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount listxattr listxattrat llistxattr _llseek lremovexattr lseek
lsetxattr lstat lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2
mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat _newselect open openat openat2
pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64
process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg
recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval
sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop
semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32
setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32
setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32 setxattr setxattrat shmat shmctl shmdt shmget
shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statmount statx
symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64
timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate
truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write
writev ptrace process_vm_readv process_vm_writev arch_prctl modify_ldt`;

/** What is allowed to whom holds the capability. */
const WITH_CAPABILITY: readonly (readonly [capability: string, names: string])[] = [
  ['CAP_DAC_READ_SEARCH', 'open_by_handle_at'],
  [
    'CAP_SYS_ADMIN',
    `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount
     mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
  ],
  ['CAP_SYS_BOOT', 'reboot'],
  ['CAP_SYS_CHROOT', 'chroot'],
  ['CAP_SYS_MODULE', 'delete_module init_module finit_module'],
  ['CAP_SYS_PACCT', 'acct'],
  ['CAP_SYS_PTRACE', 'kcmp pidfd_getfd process_madvise'],
  ['CAP_SYS_RAWIO', 'iopl ioperm'],
  ['CAP_SYS_TIME', 'settimeofday stime clock_settime clock_settime64'],
  ['CAP_SYS_TTY_CONFIG', 'vhangup'],
  ['CAP_SYS_NICE', 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node'],
  ['CAP_SYSLOG', 'syslog'],
  ['CAP_BPF', 'bpf'],
  ['CAP_PERFMON', 'perf_event_open'],
];

/** Known to the kernels of today and refused outright; anything newer is ENOSYS, so that programs fall back. */
const REFUSED = `
acct add_key bpf chroot clone clock_settime clock_settime64 delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module io_uring_enter
io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount mount_setattr
move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise quotactl quotactl_fd
reboot request_key set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday stime swapoff swapon sysfs syslog
umount umount2 unshare uselib userfaultfd ustat vhangup vm86 vm86old`;

const words = (text: string) => text.trim().split(/\s+/);

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NAMESPACE_FLAGS = 0x7e020000n;
/** The kernel's ciphers to whoever asks (CVE-2026-31431), and the way to the hypervisor's host. */
const AF_ALG = 38n;
const AF_VSOCK = 40n;
/** personality(2) values that programs ask for: PER_LINUX, UNAME26, PER_LINUX32 and both, and the question itself. */
const PERSONALITIES = [0x0n, 0x20000n, 0x8n, 0x20008n, 0xffffffffn];

function compare(index: number, op: number, value: bigint, valueTwo = 0n): Comparison {
  return { index, op, value, valueTwo };
}

/**
 * Rules for a container with these capabilities. Follows the profile that docker and podman share: new namespaces only with
 * CAP_SYS_ADMIN (clone3(2), whose flags a filter cannot see, is ENOSYS without), no AF_ALG or AF_VSOCK, a few personalities, no keyrings, no io_uring.
 * Only the native architecture: compiling for its 32-bit sister too takes eight times as long and triples the filter.
 */
export function seccompProgram(capabilities: readonly string[]): SeccompProgram {
  const held = capabilityMask(capabilities);
  const granted = new Set(
    WITH_CAPABILITY.flatMap(([name, names]) => (held & capabilityMask([name]) ? words(names) : [])),
  );
  const all = [...new Set([...words(ALLOWED), ...granted])];
  const refused = words(REFUSED).filter((name) => !granted.has(name) && name !== 'clone');
  return {
    defaultAction: errnoAction(ENOSYS),
    rules: [
      { action: ALLOW, names: all, args: [] },
      // Comparisons of one rule must all hold, so "neither of two" takes a rule for each stretch between them.
      { action: ALLOW, names: ['socket'], args: [compare(0, LT, AF_ALG)] },
      { action: ALLOW, names: ['socket'], args: [compare(0, EQ, AF_ALG + 1n)] },
      { action: ALLOW, names: ['socket'], args: [compare(0, GT, AF_VSOCK)] },
      ...[AF_ALG, AF_VSOCK].map(
        (family): SeccompRule => ({
          action: errnoAction(EPERM),
          names: ['socket'],
          args: [compare(0, EQ, family)],
        }),
      ),
      ...PERSONALITIES.map(
        (value): SeccompRule => ({
          action: ALLOW,
          names: ['personality'],
          args: [compare(0, EQ, value)],
        }),
      ),
      ...(granted.has('clone')
        ? []
        : [
            { action: ALLOW, names: ['clone'], args: [compare(0, MASKED_EQ, NAMESPACE_FLAGS, 0n)] },
          ]),
      { action: errnoAction(EPERM), names: refused, args: [] },
    ],
  };
}
