// Raw system calls and the few functions a compiler expects of a C library. Nothing here allocates,
// locks or keeps errno.
#pragma once
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>  // declarations only: sys.cc has what is used

namespace sys {

/** The result of a system call as the kernel gives it: -errno when it is between -4095 and -1. */
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0);

template <typename... Args>
inline long invoke(long number, Args... args) {
  return call(number, (long)args...);
}

inline bool failed(long result) { return result < 0 && result >= -4095; }

[[noreturn]] void exit(int code);
uint64_t now_ns();
inline void close(int fd) { invoke(__NR_close, fd); }

}  // namespace sys

/** A descriptor that closes itself. */
class Fd {
 public:
  explicit Fd(long fd = -1) : fd_((int)fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(-1); }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  long error() const { return fd_ < 0 ? -fd_ : 0; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd) {
    if (fd_ >= 0) sys::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};
