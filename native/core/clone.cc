// The clone: one clone3(2) that shares our memory until the init is executed (no page tables are copied, whatever our size).
#include "../wire/protocol.h"
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>

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

int init_image = -1;

namespace {

constexpr size_t STACK_SIZE = 64 * 1024;

struct Child {
  const SpawnRequest* request;
  volatile int error;
};

// clone3 with a function on a stack of its own. Only `fn` may run there: memory is shared, the calling thread is suspended.
long clone3_call(clone_args* args, int (*fn)(void*), void* argument) {
  long result;
#if defined(__x86_64__)
  register int (*function)(void*) asm("r12") = fn;
  register void* parameter asm("r13") = argument;
  asm volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r13, %%rdi\n\tcall "
      "*%%r12\n\t"
      "mov %%eax, %%edi\n\tmov %[exit], %%eax\n\tsyscall\n1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args), "r"(function),
        "r"(parameter), [exit] "i"(SYS_exit_group)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_clone3;
  register long x0 asm("x0") = (long)args;
  register long x1 asm("x1") = sizeof *args;
  register int (*function)(void*) asm("x19") = fn;
  register void* parameter asm("x20") = argument;
  asm volatile(
      "svc #0\n\tcbnz x0, 1f\n\tmov x29, xzr\n\tmov x0, x20\n\tblr x19\n\tmov x8, %[exit]\n\tsvc "
      "#0\n1:"
      : "+r"(x0)
      : "r"(number), "r"(x1), "r"(function), "r"(parameter), [exit] "i"(SYS_exit_group)
      : "memory", "x30");
  result = x0;
#endif
  return result;
}

// In the child, on a borrowed address space, with descriptors of its own: system calls only.
int execute_init(void* argument) {
  Child* child = static_cast<Child*>(argument);
  const SpawnRequest& request = *child->request;
  const int wanted[] = {request.stdio[0], request.stdio[1], request.stdio[2],
                        request.control,  request.extra,    request.detached_cgroup};
  constexpr int COUNT = sizeof wanted / sizeof *wanted;
  int moved[COUNT];
  int image = fcntl(init_image, F_DUPFD_CLOEXEC, 64);
  for (int i = 0; i < COUNT; i++)
    moved[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD_CLOEXEC, 64);
  for (int i = 0; i < COUNT; i++) {
    if (moved[i] < 0) close(i);
    else if (dup2(moved[i], i) < 0) child->error = errno;
  }
  if (dup3(image, COUNT, O_CLOEXEC) < 0) child->error = errno;
  // Closed, not marked: our caller goes on before an exec closes what is marked, and a sibling's conversation would not end with the sibling.
  syscall(SYS_close_range, COUNT + 1, ~0u, 0);
  char name[] = "terrarium-init";
  char* const args[] = {name, nullptr};
  char* const env[] = {nullptr};
  if (!child->error) {
    syscall(SYS_execveat, COUNT, "", args, env, AT_EMPTY_PATH);
    child->error = errno;
  }
  return 126;
}

}  // namespace

int seal_init(const uint8_t* image, size_t size) {
  int fd = memfd_create("terrarium-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL)
    fd = memfd_create("terrarium-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  for (size_t done = 0; done < size;) {
    ssize_t written = write(fd, image + done, size - done);
    if (written < 0) throw std::system_error(errno, std::generic_category(), "write");
    done += static_cast<size_t>(written);
  }
  // Executable it stays, too: a container that got hold of it could else take that from every later start.
  fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC);  // EINVAL before Linux 6.3
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    throw std::system_error(errno, std::generic_category(), "fcntl F_ADD_SEALS");
  return fd;
}

long clone_init(const SpawnRequest& request, int* pidfd) {
  static thread_local void* stack = mmap(nullptr, STACK_SIZE, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -ENOMEM;
  int own = -1;
  if (request.join_pid >= 0) {
    own = open("/proc/thread-self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(request.join_pid, CLONE_NEWPID) < 0) {
      int error = errno;
      if (own >= 0) close(own);
      return -error;
    }
  }
  Child child = {&request, 0};
  clone_args args = {};
  args.flags = request.flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  args.pidfd = reinterpret_cast<uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<uint64_t>(stack);
  args.stack_size = STACK_SIZE;
  if (request.cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  long pid = clone3_call(&args, execute_init, &child);
  if (own >= 0) {
    setns(own, CLONE_NEWPID);
    close(own);
  }
  if (pid > 0 && child.error) {
    waitid(P_PID, static_cast<id_t>(pid), nullptr, WEXITED | __WALL);
    close(*pidfd);
    return -child.error;
  }
  return pid;
}
