// The clone: one clone3(2) that shares our memory until the init is executed, so that no page
// tables are copied, whatever our size.
#include "clone.h"

#include "clone3.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

namespace {

std::mutex image_mutex;
int init_image = -1;

constexpr size_t STACK_SIZE = 64 * 1024;

struct Child {
  const SpawnRequest* request;
  Failure failure;
};

/** The init's descriptors: 0 to 2, control, extra, detached cgroup; then the init's own image. */
constexpr int PLACES = 6;

// Leaves only `keep` open, so that a low RLIMIT_NOFILE has room for the copies.
long close_others(const int* keep, int count) {
  int sorted[PLACES + 1];
  std::copy(keep, keep + count, sorted);
  std::sort(sorted, sorted + count);
  unsigned next = 0;
  for (int i = 0; i < count; i++) {
    if (sorted[i] < 0) continue;
    auto kept = static_cast<unsigned>(sorted[i]);
    if (kept > next && syscall(SYS_close_range, next, kept - 1, 0) < 0) return -1;
    next = std::max(next, kept + 1);
  }
  return syscall(SYS_close_range, next, ~0u, 0);
}

// In the child, on a borrowed address space, with descriptors of its own: system calls only.
Failure arrange(const SpawnRequest& request) {
  const int wanted[PLACES + 1] = {request.stdio[0], request.stdio[1], request.stdio[2],
                                  request.control,  request.extra,    request.detached_cgroup,
                                  init_image};
  if (close_others(wanted, PLACES + 1) < 0) return failed("close_range");
  int moved[PLACES + 1];
  for (int i = 0; i <= PLACES; i++) {
    moved[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD_CLOEXEC, PLACES + 1);
    // A standard stream that the caller has closed stays closed.
    bool closed = moved[i] < 0 && i <= 2 && errno == EBADF;
    if (moved[i] < 0 && wanted[i] >= 0 && !closed) return failed("fcntl F_DUPFD");
  }
  for (int i = 0; i < PLACES; i++) {
    if (moved[i] < 0) close(i);  // EBADF where nothing was open
    else if (dup2(moved[i], i) < 0) return failed("dup2");
  }
  if (dup3(moved[PLACES], PLACES, O_CLOEXEC) < 0) return failed("dup3");
  // Close now, not by close-on-exec: our caller resumes before exec does that, and this child would
  // hold a sibling's control socket open after the sibling's exit.
  if (syscall(SYS_close_range, PLACES + 1, ~0u, 0) < 0) return failed("close_range");
  return {};
}

int execute_init(void* argument) {
  Child* child = static_cast<Child*>(argument);
  child->failure = arrange(*child->request);
  if (!child->failure) {
    char name[] = "terrarium-init";
    char* const args[] = {name, nullptr};
    char* const env[] = {nullptr};
    syscall(SYS_execveat, PLACES, "", args, env, AT_EMPTY_PATH);
    child->failure = failed("execveat");
  }
  return 126;
}

Failure write_all(int fd, const uint8_t* bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t written = write(fd, bytes + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write");
    done += static_cast<size_t>(written);
  }
  return {};
}

/** Sets the PID namespace of new children, and restores ours. */
class PidNamespace {
 public:
  Failure enter(int fd) {
    if (fd < 0) return {};
    own_ = OwnedFd(open("/proc/thread-self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own_.ok()) return failed("open /proc/thread-self/ns/pid");
    if (setns(fd, CLONE_NEWPID) == 0) return {};
    Failure refused = failed("setns");
    own_.reset();
    return refused;
  }
  Failure leave() {
    if (!own_.ok() || setns(own_.get(), CLONE_NEWPID) == 0) return {};
    return failed("setns");
  }

 private:
  OwnedFd own_;
};

/** A child that must not live: killed, reaped, its pidfd closed. */
void discard(int pid, int pidfd) {
  syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  while (waitid(P_PID, static_cast<id_t>(pid), nullptr, WEXITED | __WALL) < 0 && errno == EINTR) {
  }
  close(pidfd);
}

}  // namespace

Failure seal_init(const uint8_t* image, size_t size) {
  std::lock_guard lock(image_mutex);
  if (init_image >= 0) return {};
  OwnedFd fd(memfd_create("terrarium-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!fd.ok() && errno == EINVAL)  // before Linux 6.3
    fd = OwnedFd(memfd_create("terrarium-init", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.ok()) return failed("memfd_create");
  Failure refused = write_all(fd.get(), image, size);
  if (refused) return refused;
  // Seal the mode, too: a container that reached the memfd could otherwise make it unexecutable for
  // every later start. EINVAL before Linux 6.3.
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_EXEC) < 0 && errno != EINVAL)
    return failed("fcntl F_ADD_SEALS");
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    return failed("fcntl F_ADD_SEALS");
  init_image = fd.release();
  return {};
}

Spawned clone_init(const SpawnRequest& request) {
  // PR_SET_PDEATHSIG and namespaces belong to the thread, and so does this stack.
  static thread_local void* stack = MAP_FAILED;
  static thread_local Failure astray;
  // Its children would start in a container.
  if (astray) return {-1, -1, astray};
  if (stack == MAP_FAILED) {
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK;
    stack = mmap(nullptr, STACK_SIZE, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (stack == MAP_FAILED) return {-1, -1, failed("mmap")};
  }
  PidNamespace space;
  if (Failure refused = space.enter(request.join_pid)) return {-1, -1, refused};
  Child child = {&request, {}};
  int pidfd = -1;
  clone_args args = {};
  args.flags = request.flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  // A process that the kernel reaps sends its parent no signal.
  args.exit_signal = request.flags & CLONE_AUTOREAP ? 0 : SIGCHLD;
  args.stack = reinterpret_cast<uint64_t>(stack);
  args.stack_size = STACK_SIZE;
  if (request.cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  long pid = clone3_call(&args, execute_init, &child);
  astray = space.leave();
  if (pid < 0) return {-1, -1, failed("clone3", static_cast<int>(-pid))};
  Failure refused = child.failure ? child.failure : astray;
  if (refused) {
    discard(static_cast<int>(pid), pidfd);
    return {-1, -1, refused};
  }
  return {static_cast<int>(pid), pidfd, {}};
}
