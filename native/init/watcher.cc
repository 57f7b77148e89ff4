// The watcher of a detached container: from outside, it writes the log and records the exit.
#include "operation.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/fs.h>
#include <poll.h>          // struct pollfd only
#include <signal.h>        // numbers of signals only
#include <sys/signalfd.h>  // SFD_* only
#include <sys/mman.h>

namespace {

constexpr size_t PIECE = 65536;      // as much as a pipe holds
constexpr unsigned NONBLOCKING = 2;  // SPLICE_F_NONBLOCK
constexpr int LOG_FD = 1;
constexpr long GRACE_MS = 5000;  // after SIGTERM, until SIGKILL
constexpr uint64_t TERM_SIGNAL = 1ull << (SIGTERM - 1);
const char OLDER[] = ".1";

/** The current log file and its rotation. */
struct Log {
  int fd = LOG_FD;
  uint64_t limit = 0;  // bytes in a file; 0 for no limit
  uint64_t size = 0;
  uint64_t dropped = 0;
  uint32_t length = 0;  // of the path
};

char path[wire::LOG_PATH_MAX + 1];

Outcome open_next(Log& log) {
  Fd next(sys::invoke(__NR_openat, AT_FDCWD, path,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!next.ok()) return from(-next.error(), wire::CALL_OPEN);
  log.fd = next.release();
  log.size = 0;
  return done();
}

// A full file replaces the older one. If the rename fails, output is dropped: the limit holds.
Outcome make_room(Log& log) {
  if (log.fd >= 0 && (!log.limit || log.size < log.limit)) return done();
  if (log.fd >= 0) {
    char older[wire::LOG_PATH_MAX + sizeof OLDER];
    memcpy(older, path, log.length);
    memcpy(older + log.length, OLDER, sizeof OLDER);
    long renamed = sys::invoke(__NR_renameat2, AT_FDCWD, path, AT_FDCWD, older, 0);
    if (renamed < 0) return from(renamed, wire::CALL_WRITE);
    sys::close(log.fd);
    log.fd = -1;
  }
  return open_next(log);
}

// For file systems without splice(2): write(2). What it does not take is counted and dropped.
long copy_or_drop(Log& log, int pipe, size_t most, bool writable) {
  char buffer[2048];
  long got = sys::invoke(__NR_read, pipe, buffer, most < sizeof buffer ? most : sizeof buffer);
  if (got <= 0) return got;
  long written = writable ? sys::invoke(__NR_write, log.fd, buffer, got) : 0;
  if (written < 0) written = 0;
  log.size += (uint64_t)written;
  log.dropped += (uint64_t)(got - written);
  return got;
}

// Never blocks, so that the container cannot keep us from seeing its exit. Returns the bytes taken
// from the pipe.
long pump(Log& log, int pipe) {
  bool writable = !bad(make_room(log));
  uint64_t room = log.limit && writable ? log.limit - log.size : PIECE;
  size_t most = room < PIECE ? (size_t)room : PIECE;
  if (writable) {
    long moved = sys::invoke(__NR_splice, pipe, 0, log.fd, 0, most, NONBLOCKING);
    if (moved > 0) log.size += (uint64_t)moved;
    if (moved >= 0 || moved == -EAGAIN) return moved;
  }
  return copy_or_drop(log, pipe, most, writable);
}

/** Passes SIGTERM to the container: a service manager signals all processes of a cgroup. */
struct Shutdown {
  int signals = -1;
  uint64_t deadline = 0;  // when SIGKILL follows; 0 before SIGTERM

  void terminate(int process) {
    signalfd_siginfo info;
    // Empty it, or it stays readable forever.
    sys::invoke(__NR_read, signals, &info, sizeof info);
    if (deadline) return;
    sys::invoke(__NR_pidfd_send_signal, process, SIGTERM, 0, 0);
    deadline = sys::now_ns() + GRACE_MS * 1'000'000ull;
  }

  // The time until SIGKILL; null before SIGTERM.
  const timespec* wait(timespec& left) const {
    if (!deadline) return nullptr;
    uint64_t now = sys::now_ns();
    uint64_t ns = now < deadline ? deadline - now : 0;
    left = {(time_t)(ns / 1'000'000'000), (long)(ns % 1'000'000'000)};
    return &left;
  }

  void kill_when_due(int process) const {
    if (deadline && sys::now_ns() >= deadline)
      sys::invoke(__NR_pidfd_send_signal, process, SIGKILL, 0, 0);
  }
};

void pump_until_exit(Log& log, int pipe, int process, Shutdown& shutdown) {
  pollfd watched[3] = {{pipe, POLLIN, 0}, {process, POLLIN, 0}, {shutdown.signals, POLLIN, 0}};
  while (!watched[1].revents) {
    timespec left;
    // All signals are blocked, so it fails only with ENOMEM, and briefly.
    if (sys::invoke(__NR_ppoll, watched, 3, shutdown.wait(left), 0, 8) < 0) continue;
    if (watched[0].revents & POLLIN) pump(log, pipe);
    // All writers have closed it.
    else if (watched[0].revents) watched[0].fd = -1;
    if (watched[2].revents) shutdown.terminate(process);
    shutdown.kill_when_due(process);
  }
  // Drain what it wrote before its exit; with the host's PIDs others may still write.
  int left = 0;
  if (sys::invoke(__NR_ioctl, pipe, FIONREAD, &left) < 0) return;
  while (left > 0) {
    long moved = pump(log, pipe);
    if (moved <= 0) return;
    left -= (int)moved;
  }
}

/** The number behind `oom_kill` in memory.events; 0 where the kernel does not say. */
uint64_t oom_kills(int events) {
  char text[512];
  long length = sys::invoke(__NR_pread64, events, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char name[] = "\noom_kill ";
  constexpr size_t NAME = sizeof name - 1;
  for (long at = 0; at + (long)NAME < length; at++) {
    if (memcmp(text + at, name, NAME) != 0) continue;
    uint64_t number = 0;
    for (const char* digit = text + at + NAME; *digit >= '0' && *digit <= '9'; digit++)
      number = number * 10 + (uint64_t)(*digit - '0');
    return number;
  }
  return 0;
}

/** What the watcher keeps open of its container. */
struct Container {
  long pid;
  int pipe;     // its output
  int process;  // its pidfd
  int events;   // memory.events of its group on v2, else -1
};

[[noreturn]] void watch(Log& log, const Container& container) {
  const auto [pid, pipe, process, events] = container;
  Shutdown shutdown;
  long signals =
      sys::invoke(__NR_signalfd4, -1, &TERM_SIGNAL, sizeof TERM_SIGNAL, SFD_CLOEXEC | SFD_NONBLOCK);
  // Without it, a SIGTERM to the watcher does not reach the container.
  if (signals >= 0) shutdown.signals = (int)signals;
  pump_until_exit(log, pipe, process, shutdown);
  int status = 0;
  long waited;
  while ((waited = sys::invoke(__NR_wait4, pid, &status, WAIT_ALL, 0)) == -EINTR) {
  }
  bool known = waited == pid;
  wire::ExitRecord record = {known && !ended_by(status) ? exit_status(status) : -1,
                             known ? ended_by(status) : 0, log.dropped, oom_kills(events)};
  // The space is reserved. If the write fails anyway, the exit status stays unknown.
  sys::invoke(__NR_pwrite64, wire::EXTRA_FD, &record, sizeof record, 0);
  sys::exit(0);
}

Outcome make_pipe(int (&ends)[2]) {
  long made = sys::invoke(__NR_pipe2, ends, O_CLOEXEC);
  if (made < 0) return from(made, wire::CALL_PIPE2);
  // Only our end: the container's blocks, as programs expect.
  return from(sys::invoke(__NR_fcntl, ends[0], F_SETFL, O_NONBLOCK), wire::CALL_FCNTL);
}

Outcome write_to(int pipe) {
  for (int fd = 1; fd <= 2; fd++) {
    long copied = sys::invoke(__NR_dup3, pipe, fd, 0);
    if (copied < 0) return from(copied, wire::CALL_DUP3);
  }
  return from(sys::invoke(__NR_close_range, wire::EXTRA_FD, ~0u, 0), wire::CALL_CLOSE_RANGE);
}

}  // namespace

void become_watcher(Context& context, const wire::Header& header) {
  long led = sys::invoke(__NR_setsid);
  if (led < 0) fail(context, from(led, wire::CALL_SETSID));
  int ends[2] = {-1, -1};
  Outcome piped = make_pipe(ends);
  if (bad(piped)) fail(context, piped);
  int process = -1;
  clone_args args = {};
  args.flags = header.clone_flags | CLONE_PIDFD;
  args.pidfd = (uint64_t)&process;
  args.exit_signal = SIGCHLD;
  args.cgroup = wire::CGROUP_FD;
  uint64_t start = sys::now_ns();
  long pid = sys::invoke(__NR_clone3, &args, sizeof args);
  if (pid == 0) {
    Outcome connected = write_to(ends[1]);
    if (bad(connected)) fail(context, connected);
    return;
  }
  record(context, wire::RESULT_PID, from(pid, wire::CALL_CLONE3), start, sys::now_ns(),
         (uint32_t)pid);
  flush(context);
  if (pid < 0) sys::exit(wire::EXIT_REFUSED);
  // From here on signals are blocked; fails only for a bad address.
  sys::invoke(__NR_rt_sigprocmask, SIG_SETMASK, &ALL_SIGNALS, 0, 8);
  // On cgroup v1 the pipe or the pidfd got the free number of the cgroup.
  bool grouped = (header.clone_flags & CLONE_INTO_CGROUP) != 0;
  long events = -1;
  if (grouped)
    events = sys::invoke(__NR_openat, wire::CGROUP_FD, "memory.events", O_RDONLY | O_CLOEXEC);
  const int unused[] = {0, 2, wire::CONTROL_FD, wire::CGROUP_FD, ends[1]};
  for (int fd : unused)
    if (fd != ends[0] && fd != process) sys::close(fd);
  Log log;
  log.limit = header.log_bytes;
  log.length = header.log.length;
  memcpy(path, context.text(header.log), log.length);
  // It is only to save memory.
  sys::invoke(__NR_munmap, context.message, header.total_bytes);
  watch(log, {pid, ends[0], process, (int)events});
}
