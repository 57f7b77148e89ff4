// fsopen(2), fsconfig(2), fsmount(2) of a cgroup file system.
#include "hierarchy.h"

#include <linux/mount.h>
#include <sys/syscall.h>

namespace {

long configure(int context, unsigned command, const char* key) {
  return syscall(SYS_fsconfig, context, command, key, nullptr, 0);
}

}  // namespace

Hierarchy mount_hierarchy(const std::string& type, const std::vector<std::string>& controllers) {
  OwnedFd context(static_cast<int>(syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC)));
  if (!context.ok()) return {OwnedFd(), failed("fsopen")};
  for (const std::string& controller : controllers)
    if (configure(context.get(), FSCONFIG_SET_FLAG, controller.c_str()) < 0)
      return {OwnedFd(), failed("fsconfig")};
  if (configure(context.get(), FSCONFIG_CMD_CREATE, nullptr) < 0)
    return {OwnedFd(), failed("fsconfig")};
  constexpr unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  long root = syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, attributes);
  if (root < 0) return {OwnedFd(), failed("fsmount")};
  return {OwnedFd(static_cast<int>(root)), {}};
}
