// Spawner and poller: requests in, events out.
#include "engine.h"

#include "clone3.h"
#include "exit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace {

constexpr int TRACER_POLL_MS = 10;
constexpr long BATCH_NS = 10'000'000;
/** How often to try again when the kernel has no buffer for us, BATCH_NS apart: five seconds. */
constexpr int LONGEST_SHORTAGE = 500;

std::unique_ptr<Event> event_of(wire::EventKind kind, uint32_t id) {
  auto event = std::make_unique<Event>();
  event->kind = kind;
  event->id = id;
  return event;
}

bool is_shortage(int error) { return error == ENOBUFS || error == ENOMEM; }

// Sends as much as the socket takes; counts it in `done`. 0 or why not more.
int send_some(int fd, const uint8_t* bytes, size_t size, size_t& done) {
  done = 0;
  while (done < size) {
    ssize_t sent = ::send(fd, bytes + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) done += static_cast<size_t>(sent);
    else if (errno != EINTR) return errno;
  }
  return 0;
}

// Where SIGCHLD is ignored, as a parent may have left it, the kernel keeps no exit status: wait(2).
Failure keep_statuses() {
  struct sigaction action;
  if (sigaction(SIGCHLD, nullptr, &action) < 0) return failed("sigaction");
  bool ignored = !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN;
  if (!ignored && !(action.sa_flags & SA_NOCLDWAIT)) return {};
  if (ignored) action.sa_handler = SIG_DFL;
  action.sa_flags &= ~SA_NOCLDWAIT;
  return sigaction(SIGCHLD, &action, nullptr) < 0 ? failed("sigaction") : Failure{};
}

}  // namespace

Failure Engine::start(Poller poller) {
  if (Failure refused = keep_statuses()) return refused;
  if (Failure refused = watcher_.start()) return refused;
  timer_ = OwnedFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer_.ok()) return failed("timerfd_create");
  watcher_.add(new Watched{Watched::TIMER, 0, timer_.get()}, EPOLLIN);
  if (Failure refused = spawner_.start([this] { spawner(); })) return refused;
  started_ = true;
  if (poller == Poller::CALLER) return {};
  return poller_.start([this] { this->poller(); });
}

void Engine::stop() {
  if (!started_) return;
  started_ = false;
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_ready_.notify_one();
  watcher_.stop();
  netlink_.stop();
  pumps_.clear();
  spawner_.join();
  poller_.join();
}

void Engine::spawn(std::unique_ptr<SpawnRequest> request) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    Failure refused = failed("socketpair");
    auto event = event_of(wire::EVENT_SPAWNED, request->id);
    event->a = -refused.error;
    event->failure = refused;
    return sink_.post(std::move(event));
  }
  request->control = pair[1];
  {
    std::lock_guard lock(controls_mutex_);
    controls_[request->id] = new Watched{Watched::CONTROL, request->id, pair[0]};
  }
  {
    std::lock_guard lock(queue_mutex_);
    queue_.push_back(std::move(request));
  }
  queue_ready_.notify_one();
}

void Engine::spawner() {
  for (;;) {
    std::unique_ptr<SpawnRequest> request;
    {
      std::unique_lock lock(queue_mutex_);
      queue_ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      request = std::move(queue_.front());
      queue_.pop_front();
    }
    perform_spawn(*request);
  }
}

void Engine::perform_spawn(const SpawnRequest& request) {
  Spawned spawned = clone_init(request);
  // Close our copy, too, so that a send to an init that never reads fails with EPIPE.
  close(request.control);
  auto event = event_of(wire::EVENT_SPAWNED, request.id);
  event->a = spawned.failure ? -spawned.failure.error : spawned.pid;
  event->b = spawned.pidfd;
  event->failure = spawned.failure;
  Watched* process = nullptr;
  if (!spawned.failure) process = new Watched{Watched::PIDFD, request.id, spawned.pidfd};
  if (process && request.flags & CLONE_AUTOREAP) {
    process->autoreaped = true;
    // Without it, its CPU time stays unknown: 0.
    process->cgroup = OwnedFd(fcntl(request.cgroup, F_DUPFD_CLOEXEC, 0));
  }
  // Before anything is watched, so that events arrive in order.
  sink_.post(std::move(event));
  if (!process) {
    drop(control_of(request.id));
    std::lock_guard lock(controls_mutex_);
    exit_actions_.erase(request.id);
    return;
  }
  {
    std::lock_guard lock(controls_mutex_);
    Watched* control = controls_[request.id];
    // Each message would wake two threads while a short container is at work. Records that are
    // left are read at its exit.
    if (request.batched && control->outbox.empty()) {
      flush_later(request.id);
    } else {
      control->added = true;
      watcher_.add(control, control->outbox.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }
  }
  // A process that the kernel reaps has its status with EPOLLHUP, not with EPOLLIN.
  watcher_.add(process, process->autoreaped ? 0u : EPOLLIN);
}

// Under the lock.
void Engine::flush_later(uint32_t id) {
  due_.push_back(id);
  if (due_.size() > 1) return;  // the timer is running
  itimerspec soon = {};
  soon.it_value.tv_nsec = BATCH_NS;
  // Fails only for invalid arguments.
  timerfd_settime(timer_.get(), 0, &soon, nullptr);
}

void Engine::record_due() {
  uint64_t times;
  if (read(timer_.get(), &times, sizeof times) < 0) return;
  std::lock_guard lock(controls_mutex_);
  for (uint32_t id : std::exchange(due_, {})) {
    auto found = controls_.find(id);
    if (found == controls_.end()) continue;
    Watched* control = found->second;
    if (!control->added) {
      control->added = true;
      watcher_.add(control, EPOLLIN);
    }
    if (!control->outbox.empty()) flush(control);
  }
}

void Engine::drop(Watched* control) {
  watcher_.remove(control);
  std::lock_guard lock(controls_mutex_);
  controls_.erase(control->id);
  close(control->fd);
  delete control;
}

void Engine::send(uint32_t id, const uint8_t* bytes, size_t size) {
  std::lock_guard lock(controls_mutex_);
  auto found = controls_.find(id);
  if (found == controls_.end()) return;
  Watched* control = found->second;
  size_t done = 0;
  int error = 0;
  if (control->outbox.empty()) error = send_some(control->fd, bytes, size, done);
  control->outbox.insert(control->outbox.end(), bytes + done, bytes + size);
  if (error) unsent(control, error);
}

// Under the lock. True when nothing is left to send.
bool Engine::flush(Watched* control) {
  size_t done = 0;
  int error = send_some(control->fd, control->outbox.data(), control->outbox.size(), done);
  control->outbox.erase(control->outbox.begin(),
                        control->outbox.begin() + static_cast<ptrdiff_t>(done));
  if (done > 0) control->attempts = 0;
  if (error) unsent(control, error);
  return control->outbox.empty();
}

// Under the lock. Sends now what the socket takes, and the rest when it is writable.
void Engine::unsent(Watched* control, int error) {
  if (error == EAGAIN) {
    if (control->added) watcher_.modify(control, EPOLLIN | EPOLLOUT);
    return;
  }
  if (is_shortage(error) && ++control->attempts < LONGEST_SHORTAGE) return flush_later(control->id);
  control->outbox.clear();
  // The init is gone; its exit says why.
  if (error != EPIPE && error != ECONNRESET) give_up(control, {error, "sendto"});
}

// Under the lock. The init reads end of file on its socket, and exits.
void Engine::give_up(Watched* control, const Failure& failure) {
  shutdown(control->fd, SHUT_WR);
  post_failure(control->id, failure);
}

void Engine::post_failure(uint32_t id, const Failure& failure) {
  auto event = event_of(wire::EVENT_FAILED, id);
  event->failure = failure;
  sink_.post(std::move(event));
}

void Engine::on_exit(uint32_t id, Bytes message) {
  std::lock_guard lock(controls_mutex_);
  if (controls_.count(id)) exit_actions_[id] = std::move(message);
}

void Engine::perform_exit_actions(uint32_t id) {
  Bytes message;
  {
    std::lock_guard lock(controls_mutex_);
    if (auto found = exit_actions_.extract(id)) message = std::move(found.mapped());
  }
  if (message.empty()) return;
  auto event = event_of(wire::EVENT_RESULTS, id);
  perform_host(message.data(), {}, wire::RESULT_EXIT, AfterFailure::GO_ON, event->bytes);
  sink_.post(std::move(event));
}

void Engine::watch(uint32_t id, int fd) {
  watcher_.add(new Watched{Watched::READABLE, id, fd}, EPOLLIN);
}

Failure Engine::pump(uint32_t id, const PumpEnds& ends) {
  auto pump = std::make_unique<Pump>(sink_, id);
  if (Failure refused = pump->start(ends)) return refused;
  pumps_[id] = std::move(pump);
  return {};
}

Pump* Engine::pump_of(uint32_t id) {
  auto found = pumps_.find(id);
  return found == pumps_.end() ? nullptr : found->second.get();
}

void Engine::forget_pump(uint32_t id) { pumps_.erase(id); }

// One message of records.
Engine::Received Engine::receive(Watched* control) {
  uint8_t buffer[16384];
  iovec data = {buffer, sizeof buffer};
  alignas(cmsghdr) char rights[CMSG_SPACE(4 * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = rights;
  message.msg_controllen = sizeof rights;
  ssize_t got = recvmsg(control->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR || is_shortage(errno)))
    return Received::NOTHING;
  if (got < 0 && errno != ECONNRESET) post_failure(control->id, failed("recvmsg"));
  if (got <= 0) return Received::END;
  auto event = event_of(wire::EVENT_RESULTS, control->id);
  event->bytes.assign(buffer, buffer + got);
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      event->descriptors.push_back(fd);
    }
  }
  // MSG_CTRUNC: the terminal's master did not fit into our descriptor table, unix(7).
  if (message.msg_flags & MSG_CTRUNC) post_failure(control->id, failed("recvmsg", EMFILE));
  sink_.post(std::move(event));
  return Received::MESSAGE;
}

// Its results before the exit itself.
void Engine::report_exit(Watched* process, std::unique_ptr<Event> event) {
  perform_exit_actions(process->id);
  watcher_.remove(process);
  delete process;
  sink_.post(std::move(event));
}

// The kernel has reaped it, so wait(2) does not report it.
void Engine::ended_alone(Watched* process) {
  auto event = event_of(wire::EVENT_EXIT, process->id);
  ExitStatus exit = exit_status(process->fd);
  event->a = exit.code;
  event->b = exit.signal;
  event->c = cpu_time_us(process->cgroup.get());
  report_exit(process, std::move(event));
}

void Engine::ended(Watched* process) {
  if (process->autoreaped) return ended_alone(process);
  siginfo_t info = {};
  rusage usage = {};
  // The raw call also returns the resources used; ECHILD for a process that is not our child.
  long waited;
  do waited = syscall(SYS_waitid, P_PIDFD, process->fd, &info, WEXITED | WNOHANG | __WALL, &usage);
  while (waited < 0 && errno == EINTR);
  // The pidfd is readable, but we cannot reap yet: ptrace(2) lets the tracer reap first, and no
  // descriptor reports when it has.
  if (waited == 0 && info.si_pid == 0) {
    watcher_.remove(process);
    held_.push_back(process);
    return;
  }
  auto event = event_of(wire::EVENT_EXIT, process->id);
  bool exited = waited == 0 && info.si_code == CLD_EXITED;
  event->a = exited ? info.si_status : -1;
  event->b = waited == 0 && !exited ? info.si_status : 0;
  event->c = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
             usage.ru_stime.tv_usec;
  event->d = usage.ru_maxrss;
  report_exit(process, std::move(event));
}

void Engine::closed(Watched* control, bool ended) {
  auto event = event_of(wire::EVENT_CLOSED, control->id);
  event->a = ended;
  drop(control);
  sink_.post(std::move(event));
}

Watched* Engine::control_of(uint32_t id) {
  std::lock_guard lock(controls_mutex_);
  auto found = controls_.find(id);
  return found == controls_.end() ? nullptr : found->second;
}

void Engine::readable(Watched* watched) {
  auto event = event_of(wire::EVENT_READABLE, watched->id);
  watcher_.remove(watched);
  delete watched;
  sink_.post(std::move(event));
}

void Engine::poller() {
  std::vector<Ready> ready;
  while (watcher_.wait(held_.empty() ? -1 : TRACER_POLL_MS, ready)) handle(ready);
}

void Engine::step() {
  std::vector<Ready> ready;
  watcher_.wait(0, ready);
  handle(ready);
}

int Engine::longest_wait_ms() {
  return held_.empty() && watcher_.all_in_epoll() ? -1 : TRACER_POLL_MS;
}

void Engine::handle(std::vector<Ready>& ready) {
  for (Watched* process : std::exchange(held_, {})) ended(process);
  // Records first: an exit must not overtake what the init reported.
  for (auto& [watched, events] : ready) {
    if (watched->source == Watched::TIMER) record_due();
    if (watched->source != Watched::CONTROL) continue;
    // Handled here; it may be freed before the second loop.
    handle_control(std::exchange(watched, nullptr), events);
  }
  for (auto [watched, _] : ready) {
    if (!watched) continue;
    if (watched->source == Watched::READABLE) readable(watched);
    else if (watched->source == Watched::PIDFD) handle_exit(watched);
  }
}

void Engine::handle_control(Watched* control, uint32_t events) {
  if (events & EPOLLOUT) {
    std::lock_guard lock(controls_mutex_);
    if (flush(control)) watcher_.modify(control, EPOLLIN);
  }
  if (events & ~EPOLLOUT && receive(control) == Received::END) closed(control, false);
}

void Engine::handle_exit(Watched* process) {
  // Drain what the init wrote since the wait returned. Nothing more can follow, though the socket
  // may stay open: a fork of another thread has a copy until its exec.
  while (Watched* control = control_of(process->id)) {
    if (receive(control) != Received::MESSAGE) closed(control, true);
  }
  ended(process);
}
