// The container's end. On Linux 7.1 with cgroup v2 the kernel kills and reaps it by its pidfd, as
// the runtime's plan asks; elsewhere it is waited for.
#include "baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../native/core/clone3.h"

// The first version of struct pidfd_info, linux/pidfd.h.
struct pidfd_exit {
  uint64_t mask, cgroup;
  uint32_t ids[11];
  int32_t status;
};
enum { EXIT_BIT = 8 };

static uint64_t flags;

uint64_t life_flags(void) { return flags; }

// The kernel cannot write the pidfd to the last address, so this creates no process.
void ask_for_life_flags(bool cloned_into) {
  const uint64_t shared = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PIDFD;
  const uint64_t wanted = CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL;
  struct clone_args args = {.flags = shared | wanted, .pidfd = UINT64_MAX};
  if (syscall(SYS_clone3, &args, sizeof args) == 0 || errno != EFAULT) return;
  flags = cloned_into ? wanted : CLONE_NNP;
}

// Also reads the CPU time, which only the cgroup has then.
static bool ended_alone(int pidfd, int group) {
  struct pollfd hung_up = {.fd = pidfd};
  struct pidfd_exit end = {.mask = EXIT_BIT};
  char usage[1024];
  while (poll(&hung_up, 1, -1) < 0 && errno == EINTR) continue;
  if (ioctl(pidfd, _IOWR(0xff, 11, struct pidfd_exit), &end) < 0) return failed("PIDFD_GET_INFO");
  const int file = openat(group, "cpu.stat", O_RDONLY | O_CLOEXEC);
  const bool known = file >= 0 && read(file, usage, sizeof usage) > 0;
  if (file >= 0) close(file);
  if (!known) return failed("cpu.stat");
  errno = 0;
  return ((end.mask & EXIT_BIT) && end.status == 0) || failed("/bin/true did not exit with 0");
}

bool wait_for(int pidfd, int group) {
  siginfo_t info = {0};
  const bool alone = flags & CLONE_AUTOREAP;
  bool done = alone ? ended_alone(pidfd, group)
                    : waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0 || failed("waitid");
  close(pidfd);
  if (group >= 0) close(group);
  if (!done || alone) return done;
  errno = 0;
  return (info.si_code == CLD_EXITED && info.si_status == 0) ||
         failed("/bin/true did not exit with 0");
}
