// The differences between our seccomp profile and podman's, with reasons. `npm run seccomp-diff`
// compares both again and exits 1 if this list is out of date.
import type { Difference } from './model.ts';

/** The compared profile. It is not copied here, but downloaded from Debian sid. */
export const COMPARED = {
  package: 'golang-github-containers-common',
  version: '0.67.1-3',
  path: '/usr/share/containers/seccomp.json',
  sha256: '2598b3b98e6970f37f917e210202fa8976aefcd99abf8955803a6e35bba17eb4',
  /** Digest of our profile's answers. */
  ownSha256: '3e0c2cb98542692eeebf3956182cd4e642ce5d3dc7c11f01ceb9694bac1ecdbe',
};

export interface Explained extends Omit<Difference, 'call'> {
  /** Names of calls, separated by blanks. */
  readonly calls: string;
  /** The architecture; undefined for both. */
  readonly arch?: 'x64' | 'arm64';
  readonly reason: string;
}

export const DIFFERENCES: readonly Explained[] = [
  {
    calls: 'add_key io_uring_enter io_uring_register io_uring_setup request_key',
    theirs: 'ENOSYS',
    ours: 'EPERM',
    reason:
      'EPERM says "not here" for keyrings and io_uring, as their kernel switches do; ' +
      'docker refuses both, too.',
  },
  {
    calls:
      'bdflush nice oldfstat oldlstat oldolduname oldstat olduname pciconfig_iobase ' +
      'pciconfig_read pciconfig_write sgetmask ssetmask syscall',
    theirs: 'EPERM',
    ours: 'ENOSYS',
    reason: 'Not a call of the native architectures: the kernel itself says ENOSYS.',
  },
  {
    calls:
      'cachestat futex_requeue futex_wait futex_waitv futex_wake io_pgetevents ' +
      'io_pgetevents_time64 map_shadow_stack vmsplice',
    theirs: 'EPERM',
    ours: 'allow',
    reason: 'New or harmless, and docker allows it; the kernel checks what it is given.',
  },
  {
    calls: 'clone',
    theirs: 'allow',
    ours:
      'allow if arg0 & 0x7e020000 == 0x0, EPERM if arg0 & 0x20000 == 0x20000, EPERM if ' +
      'arg0 & 0x2000000 == 0x2000000, EPERM if arg0 & 0x4000000 == 0x4000000, EPERM if ' +
      'arg0 & 0x8000000 == 0x8000000, EPERM if arg0 & 0x10000000 == 0x10000000, EPERM if ' +
      'arg0 & 0x20000000 == 0x20000000, EPERM if arg0 & 0x40000000 == 0x40000000, else ' +
      'ENOSYS; CAP_SYS_ADMIN: allow',
    reason:
      'A new namespace opens most of the kernel to root inside. Podman allows it for ' +
      'containers in containers; here, as with docker, it needs CAP_SYS_ADMIN.',
  },
  {
    calls: 'clone3',
    theirs: 'allow',
    ours: 'ENOSYS; CAP_SYS_ADMIN: allow',
    reason:
      'A new namespace opens most of the kernel to root inside. Podman allows it for ' +
      'containers in containers; here, as with docker, it needs CAP_SYS_ADMIN.',
  },
  {
    calls:
      'fanotify_init fsconfig fsmount fsopen fspick mount mount_setattr move_mount ' +
      'open_tree umount umount2',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_ADMIN: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'get_mempolicy mbind set_mempolicy',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_NICE: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'getxattrat listmount listxattrat mseal removexattrat setxattrat statmount uretprobe',
    theirs: 'ENOSYS',
    ours: 'allow',
    reason: 'Newer than their list. Harmless by itself, and today’s C libraries and tools use it.',
  },
  {
    calls: 'keyctl',
    theirs: 'allow',
    ours: 'EPERM',
    reason: 'Key rings are not namespaced.',
  },
  {
    calls: 'lsm_get_self_attr lsm_list_modules lsm_set_self_attr',
    theirs: 'ENOSYS',
    ours: 'ENOSYS; CAP_SYS_ADMIN: allow',
    reason: 'Newer than their list; says and sets labels of LSMs, so it needs CAP_SYS_ADMIN.',
  },
  {
    calls: 'open_tree_attr',
    theirs: 'ENOSYS',
    ours: 'EPERM; CAP_SYS_ADMIN: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'perf_event_open',
    theirs: 'EPERM; CAP_SYS_ADMIN: ENOSYS',
    ours: 'EPERM; CAP_SYS_ADMIN: allow; CAP_PERFMON: allow',
    reason: 'Theirs forgets to allow it to those capabilities. The kernel asks for them.',
  },
  {
    calls: 'personality',
    theirs:
      'allow if arg0 == 0x0, allow if arg0 == 0x8, allow if arg0 == 0x20000, allow if arg0 ' +
      '== 0x20008, allow if arg0 == 0xffffffff, else ENOSYS',
    ours:
      'allow if arg0 & 0xffffffff == 0x0, allow if arg0 & 0xffffffff == 0x20000, allow if ' +
      'arg0 & 0xffffffff == 0x8, allow if arg0 & 0xffffffff == 0x20008, allow if arg0 & ' +
      '0xffffffff == 0xffffffff, else ENOSYS',
    reason: 'The kernel reads 32 bits of this argument, EQ and NE compare 64: ours are masked.',
  },
  {
    calls: 'pidfd_getfd',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_PTRACE: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'pivot_root',
    theirs: 'allow',
    ours: 'EPERM',
    reason: 'Changes the root; only of use with a mount namespace of one’s own.',
  },
  {
    calls: 'query_module',
    theirs: 'EPERM; CAP_SYS_MODULE: allow',
    ours: 'ENOSYS',
    reason: 'Not a call of the native architectures: the kernel itself says ENOSYS.',
  },
  {
    calls: 'reboot',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_BOOT: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'set_mempolicy_home_node',
    theirs: 'ENOSYS',
    ours: 'EPERM; CAP_SYS_NICE: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'setns unshare',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_ADMIN: allow',
    reason:
      'A new namespace opens most of the kernel to root inside. Podman allows it for ' +
      'containers in containers; here, as with docker, it needs CAP_SYS_ADMIN.',
  },
  {
    calls: 'signal',
    theirs: 'allow',
    ours: 'ENOSYS',
    reason: 'Not a call of the native architectures: the kernel itself says ENOSYS.',
  },
  {
    calls: 'socket',
    theirs:
      'EPERM if arg0 == 0x28, EINVAL if arg0 == 0x10 and arg2 == 0x9, allow if arg0 == ' +
      '0x10 and arg2 != 0x9, allow if arg0 != 0x10, else ENOSYS; CAP_AUDIT_WRITE: EPERM if ' +
      'arg0 == 0x28, allow if arg0 != 0x28, else ENOSYS',
    ours:
      'allow if arg0 & 0xffffffe0 == 0x0, allow if arg0 & 0xfffffffc == 0x20, allow if ' +
      'arg0 & 0xfffffffe == 0x24, allow if arg0 & 0xffffffff == 0x27, allow if arg0 & ' +
      '0xffffffff == 0x29, allow if arg0 & 0xfffffffe == 0x2a, allow if arg0 & 0xfffffffc ' +
      '== 0x2c, EPERM if arg0 & 0xffffffff == 0x26, EPERM if arg0 & 0xffffffff == 0x28, ' +
      'else ENOSYS',
    reason:
      'Masked, as the kernel reads 32 bits of the family. An allow-list; AF_ALG ' +
      '(CVE-2026-31431) is refused, too. Audit messages (NETLINK_AUDIT) are the kernel’s ' +
      'to refuse without CAP_AUDIT_WRITE.',
  },
  {
    calls: 'socketpair',
    theirs: 'allow',
    ours:
      'allow if arg0 & 0xffffffe0 == 0x0, allow if arg0 & 0xfffffffc == 0x20, allow if ' +
      'arg0 & 0xfffffffe == 0x24, allow if arg0 & 0xffffffff == 0x27, allow if arg0 & ' +
      '0xffffffff == 0x29, allow if arg0 & 0xfffffffe == 0x2a, allow if arg0 & 0xfffffffc ' +
      '== 0x2c, EPERM if arg0 & 0xffffffff == 0x26, EPERM if arg0 & 0xffffffff == 0x28, ' +
      'else ENOSYS',
    reason:
      'It makes the socket, and loads its module, before it fails: so the families of ' +
      'socket(2) only.',
  },
  {
    calls: 'syslog',
    theirs: 'allow',
    ours: 'EPERM; CAP_SYS_ADMIN: allow; CAP_SYSLOG: allow',
    reason:
      'The kernel asks for the same capability; refused early, a hole before that check is ' +
      'out of reach. As with docker.',
  },
  {
    calls: 'arch_prctl modify_ldt',
    arch: 'arm64',
    theirs: 'ENOSYS',
    ours: 'allow',
    reason: 'On arm64 the kernel says ENOSYS: the call is x86’s.',
  },
  {
    calls: 'arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2',
    arch: 'arm64',
    theirs: 'allow',
    ours: 'ENOSYS',
    reason:
      'Calls of 32-bit ARM, which is killed: only the native architecture is allowed. ' +
      'sync_file_range2 is an alias of sync_file_range on arm64.',
  },
];
