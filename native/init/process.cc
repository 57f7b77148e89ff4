// Executing the workload, staying as its init, and watching a detached container from outside.
#include "operation.h"

#include <asm/ioctls.h>
#include <signal.h>
#include <errno.h>

#define WAIT_NOHANG 1        // WNOHANG
#define WAIT_ALL 0x40000000  // __WALL

namespace {

constexpr int MAX_ARGUMENTS = 16384;
const char* arguments[MAX_ARGUMENTS + 1];
const char* variables[MAX_ARGUMENTS + 1];

bool split(const char* list, uint64_t count, const char** out) {
  if (count > MAX_ARGUMENTS) return false;
  for (uint64_t i = 0; i < count; i++) {
    out[i] = list;
    while (*list) list++;
    list++;
  }
  out[count] = nullptr;
  return true;
}

struct KernelSigaction {
  void* handler;
  unsigned long flags;
  void* restorer;
  uint64_t mask;
};

void default_signals() {
  KernelSigaction standard = {};
  for (int signal = 1; signal <= 64; signal++)
    sys::invoke(__NR_rt_sigaction, signal, &standard, 0, 8);
  uint64_t none = 0;
  sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

int exit_code(int status) { return status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff; }

}  // namespace

Outcome do_execve(Context& context, const wire::Op& op) {
  if (!split(context.text(op.s[1]), op.n[2], arguments) ||
      !split(context.text(op.s[2]), op.n[3], variables))
    return {E2BIG, wire::CALL_EXECVE};
  Outcome streams = own_null();
  if (bad(streams))
    return streams.error == ENOENT ? Outcome{ENODEV, streams.call}
                                   : streams;  // ENOENT would say: no such command
  default_signals();
  // As execvp(3): go on after "not there"; remember "may not" unless a later one works.
  const char* candidate = context.text(op.s[0]);
  int remembered = ENOENT;
  for (uint64_t i = 0; i < op.n[1]; i++) {
    long result = sys::invoke(__NR_execve, candidate, arguments, variables);
    if (result == -EACCES) remembered = EACCES;
    else if (result != -ENOENT && result != -ENOTDIR) return from(result, wire::CALL_EXECVE);
    while (*candidate) candidate++;
    candidate++;
  }
  return {remembered, wire::CALL_EXECVE};
}

// PID 1: reaps whatever is orphaned, passes signals on, and ends as the workload ended.
void stay_as_init() {
  uint64_t all = ~0ull;
  sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  long child = sys::invoke(__NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    // The workload leads its own process group, in the foreground of the terminal if there is one.
    sys::invoke(__NR_setpgid, 0, 0);
    int group = (int)sys::invoke(__NR_getpid);
    sys::invoke(__NR_ioctl, 0, TIOCSPGRP, &group);
    return;
  }
  if (child < 0) sys::exit(125);
  sys::invoke(__NR_close_range, 0, ~0u, 0);
  for (;;) {
    siginfo_t info;
    long signal = sys::invoke(__NR_rt_sigtimedwait, &all, &info, 0, 8);
    if (signal == SIGCHLD) {
      int status;
      long pid;
      while ((pid = sys::invoke(__NR_wait4, -1, &status, WAIT_NOHANG | WAIT_ALL, 0)) > 0)
        if (pid == child) sys::exit(exit_code(status));
    } else if (signal > 0 && signal != SIGTTIN && signal != SIGTTOU) {
      sys::invoke(__NR_kill, child, signal);
    }
  }
}

void watch(long pid) {
  uint64_t all = ~0ull;
  sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  for (int fd = 0; fd <= wire::CONTROL_FD; fd++) sys::close(fd);
  sys::close(wire::CGROUP_FD);
  int status = 0;
  long waited;
  while ((waited = sys::invoke(__NR_wait4, pid, &status, WAIT_ALL, 0)) == -EINTR) {
  }
  wire::ExitRecord record = {status & 0x7f ? -1 : (status >> 8) & 0xff, status & 0x7f};
  if (waited == pid) sys::invoke(__NR_write, wire::EXTRA_FD, &record, sizeof record);
  sys::exit(0);
}
