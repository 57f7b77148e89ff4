// Waits for many descriptors: epoll(7), and poll(2) for those that epoll cannot take. Watches are
// limited for each user, and a container of root's can use up all of them.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "failure.h"
#include "fd.h"

/**
 * A descriptor and its meaning. A control also keeps bytes that are still to be sent; a pidfd of a
 * process that the kernel reaps, its v2 group.
 */
struct Watched {
  enum Source { CONTROL, PIDFD, READABLE, TIMER };
  Source source;
  uint32_t id;
  int fd;
  bool added = false;
  std::vector<uint8_t> outbox = {};
  int attempts = 0;
  bool autoreaped = false;
  OwnedFd cgroup = OwnedFd();
};

struct Ready {
  Watched* watched;
  uint32_t events;  // EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR
};

class Watcher {
 public:
  Failure start();
  /** `events`: EPOLLIN, EPOLLOUT. Never fails. Any thread. */
  void add(Watched* watched, uint32_t events);
  void modify(Watched* watched, uint32_t events);
  void remove(Watched* watched);
  /** Fills `ready`, which may stay empty; false once it has been stopped. One thread only. */
  bool wait(int timeout_ms, std::vector<Ready>& ready);
  void stop();
  /** For a caller that waits itself: readable when `wait` has something, while `all_in_epoll`. */
  int fd() const { return epoll_.get(); }
  bool all_in_epoll();

 private:
  struct Polled {
    Watched* watched;
    uint32_t events;
  };
  void wake();
  void wait_polled(int timeout_ms, std::vector<Ready>& ready);
  int wait_epoll(int timeout_ms, std::vector<Ready>& ready);

  OwnedFd epoll_;
  OwnedFd wake_;
  bool wake_polled_ = false;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::vector<Polled> polled_;
};
