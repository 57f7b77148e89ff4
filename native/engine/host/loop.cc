// The event loop and the handles that keep it alive: HostLoop of node/host.ts.
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

#include "../../core/clock.h"
#include "../../core/fd.h"
#include "../callback.h"
#include "../verbs/events.h"
#include "groups.h"
#include "signals.h"
#include "value.h"

namespace {

struct Timer {
  int id;
  int64_t at_ns;
  int64_t every_ns;  // 0: once
  bool alive;
  JSValue callback;
};

struct Immediate {
  int id;
  JSValue callback;
};

struct Watch {
  int id;
  int fd;
  short events;
  bool alive;
  JSValue callback;
};

std::vector<Timer> timers;
std::deque<Immediate> immediates;
std::vector<Watch> watches;
int last_id = 0;

JSContext* context() { return roots().context; }

template <typename List>
auto find(List& list, int id) {
  return std::find_if(list.begin(), list.end(), [id](const auto& one) { return one.id == id; });
}

template <typename List>
void forget(List& list, int id) {
  auto found = find(list, id);
  if (found == list.end()) return;
  JSValue callback = found->callback;
  list.erase(found);
  JS_FreeValue(context(), callback);
}

/** Adds one, and gives it an id and the callback, an argument of this index. Answers the id. */
template <typename List>
JSValue added(List& list, typename List::value_type one, const Call& call, int callback) {
  one.id = ++last_id;
  list.push_back(one);
  // Once there is room for it: push_back may throw.
  list.back().callback = JS_DupValue(call.js, call.values[callback]);
  return JS_NewInt32(call.js, one.id);
}

// clear…(id)
template <auto& list>
JSValue clear(const Call& call) {
  forget(list, call.integer(0));
  return JS_UNDEFINED;
}

// keep…(id, alive)
template <auto& list>
JSValue keep(const Call& call) {
  auto found = find(list, call.integer(0));
  if (found != list.end()) found->alive = call.truth(1);
  return JS_UNDEFINED;
}

// setTimer(callback, ms, repeat)
JSValue set_timer(const Call& call) {
  double ms = call.number(1);
  // As in Node: less than one, more than 31 bits and NaN mean one millisecond.
  if (!(ms >= 1 && ms <= 2147483647.0)) ms = 1;
  auto span_ns = static_cast<int64_t>(ms * 1e6);
  int64_t every_ns = call.truth(2) ? span_ns : 0;
  return added(timers, {0, monotonic_ns() + span_ns, every_ns, true, JS_UNDEFINED}, call, 0);
}

// setImmediate(callback)
JSValue set_immediate(const Call& call) { return added(immediates, {0, JS_UNDEFINED}, call, 0); }

// watchFd(fd, direction, callback)
JSValue watch_fd(const Call& call) {
  Text direction(call.js, call.values[1]);
  if (!direction.valid()) return JS_EXCEPTION;
  short events = direction.view() == "write" ? POLLOUT : POLLIN;
  return added(watches, {0, call.integer(0), events, true, JS_UNDEFINED}, call, 2);
}

JSValue connect_unix(const Call& call) {
  Path path(call.js, call.values[0]);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = path.valid() ? strlen(path.get()) : 0;
  if (length == 0 || length >= sizeof address.sun_path) return call.failed("connect", path, EINVAL);
  memcpy(address.sun_path, path.get(), length);
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.ok()) return call.failed("connect", path);
  // Of a unix socket it is done at once, or refused: unix(7).
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    return call.failed("connect", path);
  return JS_NewInt32(call.js, fd.release());
}

constexpr Named LOOP[] = {
    {"setTimer", bound<set_timer>},
    {"clearTimer", bound<clear<timers>>},
    {"keepTimer", bound<keep<timers>>},
    {"setImmediate", bound<set_immediate>},
    {"clearImmediate", bound<clear<immediates>>},
    {"watchFd", bound<watch_fd>},
    {"unwatchFd", bound<clear<watches>>},
    {"keepWatch", bound<keep<watches>>},
    {"connectUnix", bound<connect_unix>},
};

bool is_alive() {
  auto alive = [](const auto& one) { return one.alive; };
  return events_alive() || !immediates.empty() ||
         std::any_of(timers.begin(), timers.end(), alive) ||
         std::any_of(watches.begin(), watches.end(), alive);
}

/** -1 without a timer; 0 when one is due. */
int timeout_ms() {
  if (!immediates.empty()) return 0;
  int64_t next_ns = -1;
  for (const Timer& timer : timers)
    if (next_ns < 0 || timer.at_ns < next_ns) next_ns = timer.at_ns;
  if (next_ns < 0) return -1;
  int64_t left_ns = next_ns - monotonic_ns();
  constexpr int64_t MS = 1'000'000;
  return left_ns <= 0 ? 0 : static_cast<int>(std::min<int64_t>((left_ns + MS - 1) / MS, INT32_MAX));
}

/** Runs due timers, except those that an earlier callback clears. */
void run_timers() {
  int64_t now = monotonic_ns();
  std::vector<std::pair<int64_t, int>> due;
  for (const Timer& timer : timers)
    if (timer.at_ns <= now) due.emplace_back(timer.at_ns, timer.id);
  std::sort(due.begin(), due.end());
  for (auto [_, id] : due) {
    auto found = find(timers, id);
    if (found == timers.end()) continue;
    JSValue callback = JS_DupValue(context(), found->callback);
    if (found->every_ns) found->at_ns = monotonic_ns() + found->every_ns;
    else forget(timers, id);
    call_back(callback, 0, nullptr);
    JS_FreeValue(context(), callback);
  }
}

void run_immediates() {
  // Immediates that they set run in the next round.
  const int last = last_id;
  while (!immediates.empty() && immediates.front().id <= last) {
    JSValue callback = immediates.front().callback;
    immediates.pop_front();
    call_back(callback, 0, nullptr);
    JS_FreeValue(context(), callback);
  }
}

void run_watches(const std::vector<pollfd>& polled, const std::vector<int>& ids) {
  for (size_t at = 0; at < ids.size(); at++) {
    auto found = find(watches, ids[at]);
    if (!polled[at].revents || found == watches.end()) continue;
    JSValue callback = JS_DupValue(context(), found->callback);
    call_back(callback, 0, nullptr);
    JS_FreeValue(context(), callback);
  }
}

/** The shorter of two timeouts; -1 is infinite. */
int shorter(int one_ms, int other_ms) {
  if (one_ms < 0 || other_ms < 0) return std::max(one_ms, other_ms);
  return std::min(one_ms, other_ms);
}

void wait_and_run() {
  std::vector<pollfd> polled;
  std::vector<int> ids;
  for (const Watch& watch : watches) {
    polled.push_back({watch.fd, watch.events, 0});
    ids.push_back(watch.id);
  }
  const size_t own = polled.size();
  polled.push_back({signal_fd(), POLLIN, 0});
  polled.push_back({core_fd(), POLLIN, 0});
  polled.push_back({events_fd(), POLLIN, 0});
  int ready = poll(polled.data(), polled.size(), shorter(timeout_ms(), core_wait_ms()));
  if (ready < 0 && errno != EINTR) give_up_for("poll", errno);
  run_timers();
  if (ready > 0 && polled[own].revents) report_signals();
  if ((ready > 0 && polled[own + 1].revents) || core_wait_ms() >= 0) step_core();
  deliver_events();
  if (ready > 0) run_watches(polled, ids);
}

}  // namespace

void run_loop() {
  run_microtasks();
  while (is_alive()) {
    wait_and_run();
    run_immediates();
  }
}

void add_loop(JSContext* js, JSValueConst group) { set_functions(js, group, LOOP); }
