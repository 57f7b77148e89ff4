// System calls of the init under the fuzzer: each touches the memory that the kernel would read or
// write, so that the sanitizers see it, and does nothing else.
#include "kernel.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <map>

#include "../init/sys.h"
#include "../wire/protocol.h"

namespace {

constexpr size_t MOST_MAPPED = 64 << 20;
constexpr int MOST_CALLS = 20000;  // PID 1 and the watcher run until they are ended

const uint8_t* answers;
size_t answer_count;
size_t answer_at;
const uint8_t* socket_bytes;
size_t socket_size;
size_t socket_at;
int calls;
std::map<void*, size_t> mappings;
volatile uint64_t touched;

uint8_t next_answer() { return answer_at < answer_count ? answers[answer_at++] : 0; }

void touch(const void* bytes, size_t size) {
  const auto* at = static_cast<const volatile uint8_t*>(bytes);
  for (size_t i = 0; i < size; i++) touched = touched + at[i];
}

void touch_text(long text) {
  if (text) touched = touched + strlen(reinterpret_cast<const char*>(text));
}

void touch_list(long list) {
  for (auto at = reinterpret_cast<const char* const*>(list); *at; at++)
    touched = touched + strlen(*at);
}

void fill(long to, size_t size) {
  auto* at = reinterpret_cast<uint8_t*>(to);
  for (size_t i = 0; i < size; i++) at[i] = next_answer();
}

long read_socket(long to, size_t size) {
  size_t left = socket_size - socket_at;
  size_t got = size < left ? size : left;
  memcpy(reinterpret_cast<void*>(to), socket_bytes + socket_at, got);
  socket_at += got;
  return (long)got;
}

long map(size_t size) {
  if (size == 0) return -EINVAL;
  if (size > MOST_MAPPED) return -ENOMEM;
  // Its own size exactly: what is read beyond it is found.
  void* memory = calloc(1, size);
  if (!memory) return -ENOMEM;
  mappings[memory] = size;
  return reinterpret_cast<long>(memory);
}

void unmap(long memory) {
  auto* at = reinterpret_cast<void*>(memory);
  if (mappings.erase(at)) free(at);
}

void touch_message(long message) {
  const auto* header = reinterpret_cast<const msghdr*>(message);
  for (size_t i = 0; i < header->msg_iovlen; i++)
    touch(header->msg_iov[i].iov_base, header->msg_iov[i].iov_len);
  if (header->msg_control) touch(header->msg_control, header->msg_controllen);
}

void touch_filter(long program) {
  const auto* filter = reinterpret_cast<const sock_fprog*>(program);
  touch(filter->filter, filter->len * sizeof(sock_filter));
}

// A result that is not an error: most calls give 0, or a descriptor.
long plausible(long number, long a, long b, long c) {
  switch (number) {
    case __NR_openat:
    case __NR_openat2:
    case __NR_fsopen:
    case __NR_fsmount:
    case __NR_open_tree:
    case __NR_socket: return 20 + next_answer() % 8;
    case __NR_clone:
    case __NR_clone3: return next_answer() % 2 ? 4711 : 0;
    case __NR_getpid: return 1;
    case __NR_write: return next_answer() % 8 == 7 ? 0 : c;
    case __NR_pwrite64: return c;
    case __NR_sendmsg: return (long)reinterpret_cast<const msghdr*>(b)->msg_iov->iov_len;
    case __NR_splice: return next_answer();
    case __NR_ppoll: {
      auto* polled = reinterpret_cast<pollfd*>(a);
      for (long i = 0; i < b; i++) polled[i].revents = next_answer() & (POLLIN | POLLHUP);
      return 1;
    }
    case __NR_rt_sigtimedwait: return 1 + next_answer() % 64;
    case __NR_wait4: fill(b, sizeof(int)); return next_answer() % 4 ? 4711 : -ECHILD;
    default: return 0;
  }
}

// What is good for the init, unless the input says otherwise.
template <typename T>
void fill_mostly(long to, const T& usual) {
  if (next_answer() % 4 == 3) return fill(to, sizeof usual);
  memcpy(reinterpret_cast<void*>(to), &usual, sizeof usual);
}

// A null device; a device pseudo-terminal file system.
void fill_statx(long to) {
  struct statx usual = {};
  usual.stx_mode = S_IFCHR;
  usual.stx_rdev_major = 1;
  usual.stx_rdev_minor = 3;
  fill_mostly(to, usual);
}

void fill_statfs(long to) {
  struct statfs usual = {};
  usual.f_type = DEVPTS_SUPER_MAGIC;
  fill_mostly(to, usual);
}

// An acknowledgement.
long answer_netlink(long to) {
  struct {
    nlmsghdr header;
    nlmsgerr error;
  } usual = {{sizeof usual, NLMSG_ERROR, 0, 0, 0}, {}};
  fill_mostly(to, usual);
  return (long)(sizeof usual) - next_answer() % 64 / 8;
}

long answer_directory(long to) {
  uint8_t usual[2] = {'/', 0};
  fill_mostly(to, usual);
  return sizeof usual;
}

// What the kernel writes for its caller.
void write_results(long number, long a, long b, long c, long d, long e) {
  switch (number) {
    case __NR_statx: return fill_statx(e);
    case __NR_fstatfs: return fill_statfs(b);
    case __NR_pipe2:
      reinterpret_cast<int*>(a)[0] = 30;
      reinterpret_cast<int*>(a)[1] = 31;
      return;
    case __NR_ioctl:
      if (b == FIONREAD) fill(c, sizeof(int));
      return;
    case __NR_clone3: {
      const auto* args = reinterpret_cast<const clone_args*>(a);
      if (args->pidfd) *reinterpret_cast<int*>(args->pidfd) = 32;
      return;
    }
  }
  (void)d;
}

void read_arguments(long number, long a, long b, long c, long d) {
  switch (number) {
    case __NR_openat:
    case __NR_openat2:
    case __NR_open_tree:
    case __NR_mkdirat:
    case __NR_mknodat:
    case __NR_readlinkat: return touch_text(b);
    case __NR_symlinkat: return touch_text(a), touch_text(c);
    case __NR_renameat2: return touch_text(b), touch_text(d);
    case __NR_mount: return touch_text(a), touch_text(b), touch_text(c);
    case __NR_fsopen:
    case __NR_chdir: return touch_text(a);
    case __NR_fsconfig: return touch_text(c), touch_text(d);
    case __NR_sethostname: return touch((void*)a, (size_t)b);
    case __NR_write:
    case __NR_pwrite64:
    case __NR_sendto: return touch((void*)b, (size_t)c);
    case __NR_sendmsg: return touch_message(b);
    case __NR_setgroups: return touch((void*)b, 4 * (size_t)a);
    case __NR_seccomp: return touch_filter(c);
    case __NR_execve: return touch_text(a), touch_list(b), touch_list(c);
  }
}

long bytes_out(long to, size_t size) {
  size_t length = next_answer();
  if (length > size) length = size;
  fill(to, length);
  return (long)length;
}

// One in four ends with an error, while the input has answers.
long refused() {
  static const int errors[] = {ENOENT, EACCES,  EPERM,  EINVAL, ENOSYS, EAGAIN, EINTR, ENOMEM,
                               EBADF,  ENOTDIR, ENOSPC, EEXIST, ELOOP,  EMFILE, E2BIG, EIO};
  uint8_t answer = next_answer();
  return answer >= 192 ? -errors[answer % 16] : 0;
}

}  // namespace

void begin_run(const uint8_t* a, size_t a_count, const uint8_t* socket, size_t s_size) {
  answers = a;
  answer_count = a_count;
  answer_at = 0;
  socket_bytes = socket;
  socket_size = s_size;
  socket_at = 0;
  calls = 0;
}

void end_run() {
  for (auto [memory, size] : mappings) free(memory);
  mappings.clear();
}

namespace sys {

long call(long number, long a, long b, long c, long d, long e, long) {
  if (++calls > MOST_CALLS) throw InitExit{255};
  if (number == __NR_close || number == __NR_clock_gettime) return 0;
  if (number == __NR_mmap) return map((size_t)b);
  if (number == __NR_munmap) return unmap(a), 0;
  read_arguments(number, a, b, c, d);
  if (long error = refused()) return error;
  if (number == __NR_read && a == wire::CONTROL_FD) return read_socket(b, (size_t)c);
  if (number == __NR_read) return bytes_out(b, (size_t)c);
  if (number == __NR_recvfrom) return answer_netlink(b);
  if (number == __NR_readlinkat) return bytes_out(c, (size_t)d);
  if (number == __NR_getcwd) return answer_directory(a);
  // Nothing is executed here.
  if (number == __NR_execve) return -ENOENT;
  write_results(number, a, b, c, d, e);
  return plausible(number, a, b, c);
}

void exit(int code) { throw InitExit{code}; }

uint64_t now_ns() { return 0; }

}  // namespace sys
