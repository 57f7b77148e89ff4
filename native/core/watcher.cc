// epoll with poll(2) behind it.
#include "watcher.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>

namespace {

constexpr int BATCH = 16;
/** After a failed wait: pause, so that the loop does not spin. */
constexpr timespec PAUSE = {0, 10'000'000};

}  // namespace

Failure Watcher::start() {
  epoll_ = OwnedFd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.ok()) return failed("epoll_create1");
  wake_ = OwnedFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.ok()) return failed("eventfd");
  epoll_event event = {EPOLLIN, {.ptr = nullptr}};
  wake_polled_ = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) < 0;
  return {};
}

void Watcher::add(Watched* watched, uint32_t events) {
  epoll_event event = {events, {.ptr = watched}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watched->fd, &event) == 0) return;
  {
    std::lock_guard lock(mutex_);
    polled_.push_back({watched, events});
  }
  wake();
}

void Watcher::modify(Watched* watched, uint32_t events) {
  epoll_event event = {events, {.ptr = watched}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watched->fd, &event) == 0) return;
  {
    std::lock_guard lock(mutex_);
    auto same = [watched](const Polled& polled) { return polled.watched == watched; };
    auto found = std::find_if(polled_.begin(), polled_.end(), same);
    if (found != polled_.end()) found->events = events;
    else polled_.push_back({watched, events});
  }
  wake();
}

void Watcher::remove(Watched* watched) {
  // ENOENT: it is among the polled ones.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched->fd, nullptr);
  std::lock_guard lock(mutex_);
  std::erase_if(polled_, [watched](const Polled& polled) { return polled.watched == watched; });
}

bool Watcher::wait(int timeout_ms, std::vector<Ready>& ready) {
  ready.clear();
  bool polls;
  {
    std::lock_guard lock(mutex_);
    polls = wake_polled_ || !polled_.empty();
  }
  if (polls) wait_polled(timeout_ms, ready);
  else if (wait_epoll(timeout_ms, ready) < 0 && errno != EINTR) nanosleep(&PAUSE, nullptr);
  return !stopped_;
}

int Watcher::wait_epoll(int timeout_ms, std::vector<Ready>& ready) {
  epoll_event events[BATCH];
  int count = epoll_wait(epoll_.get(), events, BATCH, timeout_ms);
  for (int i = 0; i < count; i++) {
    auto* watched = static_cast<Watched*>(events[i].data.ptr);
    if (watched) {
      ready.push_back({watched, events[i].events});
      continue;
    }
    uint64_t wakes;
    if (read(wake_.get(), &wakes, sizeof wakes) < 0) continue;  // EAGAIN: seen already
  }
  return count;
}

void Watcher::wait_polled(int timeout_ms, std::vector<Ready>& ready) {
  std::vector<Polled> polled;
  {
    std::lock_guard lock(mutex_);
    polled = polled_;
  }
  std::vector<pollfd> descriptors = {{epoll_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  // The numbers of POLLIN, POLLOUT, POLLERR and POLLHUP are those of EPOLLIN and its siblings.
  for (const Polled& one : polled)
    descriptors.push_back({one.watched->fd, static_cast<short>(one.events), 0});
  if (poll(descriptors.data(), descriptors.size(), timeout_ms) < 0) {
    if (errno != EINTR) nanosleep(&PAUSE, nullptr);
    return;
  }
  if (descriptors[1].revents) {
    uint64_t wakes;
    if (read(wake_.get(), &wakes, sizeof wakes) < 0) return;
  }
  if (descriptors[0].revents) wait_epoll(0, ready);
  for (size_t i = 0; i < polled.size(); i++) {
    auto events = static_cast<uint32_t>(descriptors[i + 2].revents);
    Watched* watched = polled[i].watched;
    auto same = [watched](const Ready& one) { return one.watched == watched; };
    bool known = std::any_of(ready.begin(), ready.end(), same);
    if (events && !known) ready.push_back({watched, events});
  }
}

bool Watcher::all_in_epoll() {
  std::lock_guard lock(mutex_);
  return !wake_polled_ && polled_.empty();
}

void Watcher::stop() {
  stopped_ = true;
  wake();
}

void Watcher::wake() {
  uint64_t one = 1;
  // EAGAIN: the counter is full, so the reader will wake in any case.
  while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}
