// What is taken away last: capabilities, new privileges, system calls.
#include "baseline.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The conventional 14: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
// net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap (capabilities(7)).
static const uint64_t kept = 0xa80425fbULL;

// What the conventional default profile refuses: its allow list is everything else.
static const char* const refused[] = {
    "acct",
    "add_key",
    "bpf",
    "clock_adjtime",
    "clock_settime",
    "create_module",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "get_kernel_syms",
    "get_mempolicy",
    "init_module",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "migrate_pages",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pivot_root",
    "process_madvise",
    "ptrace",
    "query_module",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "set_mempolicy",
    "setns",
    "settimeofday",
    "stime",
    "swapoff",
    "swapon",
    "sysfs",
    "_sysctl",
    "umount",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "ustat",
    "vm86",
    "vm86old",
    "clone",
    "clone3",
};

static bool is_refused(const char* name) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    if (strcmp(refused[i], name) == 0) return true;
  }
  return false;
}

static bool fill(scmp_filter_ctx filter) {
  const uint64_t namespaces =
      0x7e020000;  // clone(2): every CLONE_NEW* but NEWTIME, which clone(2) cannot ask for
  if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                       SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0)) < 0)
    return false;
  if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) < 0) return false;
  for (int number = 0; number < 512; number++) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    const bool allowed = name && !is_refused(name);
    free(name);
    if (allowed && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) < 0) return false;
  }
  return true;
}

// For the peers' configuration: the same list.
void print_allowed(void) {
  for (int number = 0; number < 512; number++) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name && !is_refused(name)) puts(name);
    free(name);
  }
}

bool compile_filter(struct sock_fprog* filter) {
  const scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (!context || file < 0) return failed("seccomp_init");
  seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (!fill(context) || seccomp_export_bpf(context, file) < 0) return failed("seccomp filter");
  seccomp_release(context);
  const off_t size = lseek(file, 0, SEEK_END);
  filter->len = (unsigned short)((size_t)size / sizeof *filter->filter);
  filter->filter = malloc((size_t)size);
  const bool read = filter->filter && pread(file, filter->filter, (size_t)size, 0) == size;
  close(file);
  return read || failed("seccomp filter");
}

bool drop_privileges(const struct sock_fprog* filter) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
    const bool keep = capability < 64 && (kept >> capability & 1);
    if (!keep && prctl(PR_CAPBSET_DROP, capability) < 0) return failed("PR_CAPBSET_DROP");
  }
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) < 0) return failed("getrlimit");
  files.rlim_cur = files.rlim_max < 1024 ? files.rlim_max : 1024;
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) return failed("setrlimit");
  if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setgid, 0) < 0 ||
      syscall(SYS_setuid, 0) < 0)
    return failed("user");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[2] = {
      {.effective = (uint32_t)kept, .permitted = (uint32_t)kept}};
  if (syscall(SYS_capset, &header, sets) < 0) return failed("capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return failed("no_new_privs");
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) == 0 || failed("seccomp");
}
