#include "exit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

namespace {

/** The first version of struct pidfd_info, linux/pidfd.h. */
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup;
  uint32_t ids[11];
  int32_t exit_code;  // as wait(2) gives it
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr uint64_t PIDFD_INFO_EXIT_BIT = 8;
constexpr unsigned long PIDFD_INFO_CALL = _IOWR(0xff, 11, PidfdInfo);

constexpr char USAGE[] = "usage_usec ";

}  // namespace

ExitStatus exit_status(int pidfd) {
  PidfdInfo info = {};
  info.mask = PIDFD_INFO_EXIT_BIT;
  if (ioctl(pidfd, PIDFD_INFO_CALL, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT_BIT)) return {};
  if (WIFEXITED(info.exit_code)) return {WEXITSTATUS(info.exit_code), 0};
  return {-1, WTERMSIG(info.exit_code)};
}

int64_t cpu_time_us(int cgroup) {
  OwnedFd file(openat(cgroup, "cpu.stat", O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return 0;
  char text[1024];
  ssize_t length = read(file.get(), text, sizeof text - 1);
  if (length <= 0) return 0;
  text[length] = '\0';
  // The first line: Documentation/admin-guide/cgroup-v2.rst, cpu.stat.
  const char* usage = strstr(text, USAGE);
  return usage ? strtoll(usage + strlen(USAGE), nullptr, 10) : 0;
}
