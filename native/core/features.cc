// Tries calls whose errno tells whether the kernel knows a flag: unknown flags are EINVAL.
#include "features.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../wire/protocol.h"
#include "clone3.h"

namespace {

#ifndef OPEN_TREE_NAMESPACE  // before Linux 7.0
#define OPEN_TREE_NAMESPACE 2
#endif

// Flags first, then CAP_SYS_ADMIN (EPERM), then the descriptor.
bool makes_mount_namespaces() {
  long made = syscall(SYS_open_tree, -1, "", OPEN_TREE_NAMESPACE | AT_EMPTY_PATH | AT_RECURSIVE);
  return made < 0 && errno == EBADF;
}

// No process comes of it: the kernel cannot write the pidfd to the last address there is. What a
// process would have of its own is shared, and so not copied.
bool kills_with_pidfd() {
  clone_args args = {};
  args.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PIDFD | CLONE_AUTOREAP |
               CLONE_NNP | CLONE_PIDFD_AUTOKILL;
  args.pidfd = ~uint64_t{0};
  return syscall(SYS_clone3, &args, sizeof args) < 0 && errno == EFAULT;
}

}  // namespace

uint32_t kernel_features() {
  uint32_t found = 0;
  // A seccomp filter may kill for these calls, and would for the container's: a unit with
  // SystemCallFilter=~@mount.
  if (prctl(PR_GET_SECCOMP) != 0) return found;
  if (makes_mount_namespaces()) found |= wire::FEATURE_MOUNT_NAMESPACE;
  if (kills_with_pidfd()) found |= wire::FEATURE_CLONE_AUTOKILL;
  return found;
}
