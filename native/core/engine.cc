// Spawner and poller: births in, events out.
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace {

constexpr int TRACER_POLL_MS = 10;
constexpr long BATCH_NS = 10'000'000;
constexpr std::chrono::microseconds FULL_SOCKET_PAUSE(200);

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void call_javascript(Napi::Env env, Napi::Function callback, Event* event) {
  std::unique_ptr<Event> owned(event);
  if (env == nullptr || callback == nullptr) return;
  Napi::Value payload = env.Undefined();
  Napi::Value descriptors = env.Undefined();
  if (event->kind == Event::RESULTS) {
    payload = Napi::Buffer<uint8_t>::Copy(env, event->bytes.data(), event->bytes.size());
    Napi::Array list = Napi::Array::New(env, event->descriptors.size());
    for (uint32_t i = 0; i < event->descriptors.size(); i++) list[i] = event->descriptors[i];
    descriptors = list;
  }
  callback.Call({Napi::Number::New(env, event->kind), Napi::Number::New(env, event->id),
                 Napi::Number::New(env, double(event->a)), Napi::Number::New(env, double(event->b)),
                 Napi::Number::New(env, double(event->c)), Napi::Number::New(env, double(event->d)),
                 payload, descriptors});
}

}  // namespace

Engine::Engine(Napi::Env env, Napi::Function on_event)
    : post_(Napi::ThreadSafeFunction::New(env, on_event, "terrarium", 0, 1)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (epoll_ < 0 || stop_ < 0 || timer_ < 0)
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  add(new Watched{Source::STOP, 0, stop_});
  add(new Watched{Source::TIMER, 0, timer_});
  spawner_ = std::thread([this] { spawner(); });
  poller_ = std::thread([this] { poller(); });
}

// Before the environment takes the callback away: hooks run in reverse order, and the callback's own was added first.
void Engine::stop() {
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_ready_.notify_one();
  uint64_t one = 1;
  if (write(stop_, &one, sizeof one) < 0) {
  }  // an eventfd's counter cannot be full here
  spawner_.join();
  poller_.join();
  close(epoll_);
  close(stop_);
  close(timer_);
}

void Engine::spawn(std::unique_ptr<SpawnRequest> request) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    auto event = std::make_unique<Event>();
    event->kind = Event::BORN;
    event->id = request->id;
    event->a = -errno;
    return emit(std::move(event));
  }
  request->control = pair[1];
  {
    std::lock_guard lock(watched_mutex_);
    controls_[request->id] = new Watched{Source::CONTROL, request->id, pair[0]};
  }
  {
    std::lock_guard lock(queue_mutex_);
    queue_.push_back(std::move(request));
  }
  queue_ready_.notify_one();
}

void Engine::emit(std::unique_ptr<Event> event) {
  Event* raw = event.release();
  if (post_.NonBlockingCall(raw, call_javascript) != napi_ok) delete raw;
}

void Engine::spawner() {
  block_signals();
  for (;;) {
    std::unique_ptr<SpawnRequest> request;
    {
      std::unique_lock lock(queue_mutex_);
      queue_ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      request = std::move(queue_.front());
      queue_.pop_front();
    }
    born(*request);
  }
}

void Engine::born(const SpawnRequest& request) {
  auto event = std::make_unique<Event>();
  event->kind = Event::BORN;
  event->id = request.id;
  int pidfd = -1;
  event->a = clone_init(request, &pidfd);
  event->b = pidfd;
  // Whoever is telling an init that will not read it is told so by this.
  close(request.control);
  bool failed = event->a < 0;
  // In this order: what is heard of it comes after the news of its birth.
  emit(std::move(event));
  Watched* control = control_of(request.id);
  if (failed) {
    forget(control);
    std::lock_guard lock(watched_mutex_);
    endings_.erase(request.id);
    return;
  }
  if (request.batched) add_later(control);
  else add(control);
  add(new Watched{Source::PIDFD, request.id, pidfd});
}

void Engine::add(Watched* watched) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = watched;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, watched->fd, &event);
}

// Each message would wake two threads while a short container is still at work. Its end is heard of anyway, and all it said is read then.
void Engine::add_later(Watched* control) {
  std::lock_guard lock(watched_mutex_);
  batched_.push_back(control->id);
  if (batched_.size() > 1) return;  // the timer is running
  itimerspec soon = {};
  soon.it_value.tv_nsec = BATCH_NS;
  timerfd_settime(timer_, 0, &soon, nullptr);
}

void Engine::add_due() {
  uint64_t times;
  if (read(timer_, &times, sizeof times) < 0) return;
  std::lock_guard lock(watched_mutex_);
  for (uint32_t id : std::exchange(batched_, {})) {
    auto found = controls_.find(id);
    if (found != controls_.end()) add(found->second);
  }
}

void Engine::remove(Watched* watched) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, watched->fd, nullptr);
  if (watched->source == Source::CONTROL) forget(watched);
  else delete watched;
}

void Engine::forget(Watched* control) {
  std::lock_guard lock(watched_mutex_);
  controls_.erase(control->id);
  close(control->fd);
  delete control;
}

// What is more than the socket holds waits for the init to read, or to die. Not under the lock: others may have to be born before it.
void Engine::tell(uint32_t id, const uint8_t* bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t sent;
    {
      std::lock_guard lock(watched_mutex_);
      auto found = controls_.find(id);
      if (found == controls_.end()) return;
      sent = send(found->second->fd, bytes + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (sent > 0) done += static_cast<size_t>(sent);
    else if (errno == EAGAIN) std::this_thread::sleep_for(FULL_SOCKET_PAUSE);
    else return;  // the init is gone; the poller will say how
  }
}

void Engine::at_end(uint32_t id, Bytes message) {
  std::lock_guard lock(watched_mutex_);
  if (controls_.count(id)) endings_[id] = std::move(message);
}

void Engine::perform_end(uint32_t id) {
  Bytes message;
  {
    std::lock_guard lock(watched_mutex_);
    if (auto found = endings_.extract(id)) message = std::move(found.mapped());
  }
  if (message.empty()) return;
  auto event = std::make_unique<Event>();
  event->kind = Event::RESULTS;
  event->id = id;
  perform_host(message.data(), {}, wire::RESULT_END, AfterFailure::GO_ON, event->bytes);
  emit(std::move(event));
}

void Engine::watch(uint32_t id, int fd) { add(new Watched{Source::READABLE, id, fd}); }

// One message of records.
Engine::Received Engine::receive(Watched* control) {
  auto event = std::make_unique<Event>();
  event->kind = Event::RESULTS;
  event->id = control->id;
  uint8_t buffer[16384];
  iovec data = {buffer, sizeof buffer};
  alignas(cmsghdr) char rights[CMSG_SPACE(4 * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = rights;
  message.msg_controllen = sizeof rights;
  ssize_t got = recvmsg(control->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Received::NOTHING;
  if (got <= 0) return Received::END;
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
  emit(std::move(event));
  return Received::MESSAGE;
}

void Engine::ended(Watched* process) {
  siginfo_t info = {};
  rusage usage = {};
  // The raw call also gives the resources used; a process that is not our child gives neither status nor those.
  long waited =
      syscall(SYS_waitid, P_PIDFD, process->fd, &info, WEXITED | WNOHANG | __WALL, &usage);
  // Dead for the pidfd, alive for us: ptrace(2) hands it to its tracer first, and no descriptor says when that is done.
  if (waited == 0 && info.si_pid == 0) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, process->fd, nullptr);
    held_.push_back(process);
    return;
  }
  auto event = std::make_unique<Event>();
  event->kind = Event::EXIT;
  event->id = process->id;
  bool exited = waited == 0 && info.si_code == CLD_EXITED;
  event->a = exited ? info.si_status : -1;
  event->b = waited == 0 && !exited ? info.si_status : 0;
  event->c = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
             usage.ru_stime.tv_usec;
  event->d = usage.ru_maxrss;
  perform_end(process->id);
  remove(process);
  emit(std::move(event));
}

void Engine::closed(Watched* control, bool ended) {
  auto event = std::make_unique<Event>();
  event->kind = Event::CLOSED;
  event->id = control->id;
  event->a = ended;
  remove(control);
  emit(std::move(event));
}

Engine::Watched* Engine::control_of(uint32_t id) {
  std::lock_guard lock(watched_mutex_);
  auto found = controls_.find(id);
  return found == controls_.end() ? nullptr : found->second;
}

void Engine::poller() {
  block_signals();
  for (;;) {
    epoll_event ready[16];
    int count = epoll_wait(epoll_, ready, 16, held_.empty() ? -1 : TRACER_POLL_MS);
    if (count < 0 && errno != EINTR) return;
    for (Watched* process : std::exchange(held_, {})) ended(process);
    // Records first: how a container ended must not overtake what its init reported.
    for (int i = 0; i < count; i++) {
      auto* watched = static_cast<Watched*>(ready[i].data.ptr);
      if (watched->source == Source::STOP) return;
      if (watched->source == Source::TIMER) {
        add_due();
        ready[i].data.ptr = nullptr;
      }
      if (watched->source != Source::CONTROL) continue;
      if (receive(watched) == Received::END) closed(watched, false);
      ready[i].data.ptr = nullptr;
    }
    for (int i = 0; i < count; i++) {
      auto* watched = static_cast<Watched*>(ready[i].data.ptr);
      if (!watched) continue;
      if (watched->source == Source::PIDFD) {
        // The init may have spoken since epoll_wait returned. What it has not said by now it never will, whoever else holds its socket:
        // a process that another thread has just forked has a copy until it executes something.
        while (Watched* control = control_of(watched->id)) {
          if (receive(control) != Received::MESSAGE) closed(control, true);
        }
        ended(watched);
      } else {
        auto event = std::make_unique<Event>();
        event->kind = Event::READABLE;
        event->id = watched->id;
        remove(watched);
        emit(std::move(event));
      }
    }
  }
}
