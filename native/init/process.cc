// Executing the workload, and staying as its init.
#include "operation.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

namespace {

// Points at each text of a list, and NULL after the last.
const char** split(const char* list, uint64_t count, const char** out) {
  for (; count; count--) {
    *out++ = list;
    while (*list) list++;
    list++;
  }
  *out++ = nullptr;
  return out;
}

struct KernelSigaction {
  void* handler;
  unsigned long flags;
  void* restorer;
  uint64_t mask;
};

Outcome block_all_signals() {
  return from(sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &ALL_SIGNALS, 0, 8),
              wire::CALL_RT_SIGPROCMASK);
}

Outcome default_signals() {
  KernelSigaction standard = {};
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    long set = sys::invoke(__NR_rt_sigaction, signal, &standard, 0, 8);
    if (set < 0) return from(set, wire::CALL_RT_SIGACTION);
  }
  uint64_t none = 0;
  return from(sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8),
              wire::CALL_RT_SIGPROCMASK);
}

// The workload leads its own process group, in the foreground of the terminal if there is one.
Outcome lead_group() {
  long led = sys::invoke(__NR_setpgid, 0, 0);
  if (led < 0) return from(led, wire::CALL_SETPGID);
  int group = (int)sys::invoke(__NR_getpid);
  long foreground = sys::invoke(__NR_ioctl, 0, TIOCSPGRP, &group);
  // No terminal, not ours, or no standard input at all.
  if (foreground == -ENOTTY || foreground == -EBADF || foreground == -EPERM) return done();
  return from(foreground, wire::CALL_IOCTL);
}

// Where the kernel refuses close_range(2), close one by one: otherwise the runtime would wait for
// end of file on the control socket forever.
void close_everything() {
  if (sys::invoke(__NR_close_range, 0, ~0u, 0) == 0) return;
  for (int fd = 0; fd < 1024; fd++) sys::close(fd);
}

}  // namespace

Outcome do_execve(Context& context, const wire::Op& op) {
  // Any count that the message has: execve(2) decides how many are too many.
  size_t size = (op.n[2] + op.n[3] + 2) * sizeof(char*);
  long mapped =
      sys::invoke(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(mapped)) return from(mapped, wire::CALL_MMAP);
  const char** arguments = (const char**)mapped;
  const char** variables = split(context.text(op.s[1]), op.n[2], arguments);
  split(context.text(op.s[2]), op.n[3], variables);
  Outcome streams = own_null();
  if (bad(streams))
    return streams.error == ENOENT ? Outcome{ENODEV, streams.call}
                                   : streams;  // ENOENT would mean: no such command
  Outcome reset = default_signals();
  if (bad(reset)) return reset;
  // As execvp(3): after ENOENT try the next one; report EACCES unless a later one works.
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

// PID 1: reaps orphans, forwards signals, and exits with the workload's status.
Outcome stay_as_init() {
  Outcome blocked = block_all_signals();
  if (bad(blocked)) return blocked;
  long child = sys::invoke(__NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (child < 0) return from(child, wire::CALL_CLONE);
  if (child == 0) return lead_group();
  close_everything();
  for (;;) {
    siginfo_t info;
    long signal = sys::invoke(__NR_rt_sigtimedwait, &ALL_SIGNALS, &info, 0, 8);
    if (signal == SIGCHLD) {
      int status;
      long pid;
      while ((pid = sys::invoke(__NR_wait4, -1, &status, WAIT_NOHANG | WAIT_ALL, 0)) > 0) {
        if (pid != child) continue;
        sys::exit(ended_by(status) ? 128 + ended_by(status) : exit_status(status));
      }
    } else if (signal > 0 && signal != SIGTTIN && signal != SIGTTOU) {
      // Fails only if the workload has just exited.
      sys::invoke(__NR_kill, child, signal);
    }
  }
}
