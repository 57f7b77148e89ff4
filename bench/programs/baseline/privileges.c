// What is taken away last: capabilities, new privileges, system calls.
#include "baseline.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The conventional 14: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
// net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap (capabilities(7)).
static const uint64_t kept = 0xa80425fbULL;

// A compiled filter, as it is given to the kernel.
bool read_filter(const char* path, struct sock_fprog* filter) {
  static struct sock_filter program[BPF_MAXINSNS];
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = file < 0 ? -1 : read(file, program, sizeof program);
  close(file);
  if (size <= 0) return failed(path);
  filter->len = (unsigned short)((size_t)size / sizeof *program);
  filter->filter = program;
  return true;
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
  if (!life_flags() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return failed("no_new_privs");
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) == 0 || failed("seccomp");
}
