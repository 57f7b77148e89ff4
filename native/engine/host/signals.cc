// Signals: onSignal and ignoredSignals of node/host.ts.
#include "signals.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

#include "groups.h"
#include "../callback.h"
#include "value.h"

namespace {

constexpr int LAST_SIGNAL = 64;
uint64_t bit(int signal) { return uint64_t{1} << (signal - 1); }

std::atomic<uint64_t> pending = 0;
int wake = -1;
struct sigaction before[LAST_SIGNAL + 1];
uint64_t listening = 0;

void note(int signal) {
  int saved = errno;
  pending.fetch_or(bit(signal));
  const uint64_t one = 1;
  // Fails only if it is full, and then the loop wakes up anyway.
  [[maybe_unused]] ssize_t written = write(wake, &one, sizeof one);
  errno = saved;
}

int listen_to(int signal) {
  if (wake < 0) wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return -1;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  return sigaction(signal, &action, &before[signal]);
}

// onSignal(signal, listening)
JSValue on_signal(const Call& call) {
  int signal = call.integer(0);
  bool wanted = call.truth(1);
  if (signal < 1 || signal > LAST_SIGNAL)
    return call.failed("sigaction", JS_UNDEFINED, JS_UNDEFINED, EINVAL);
  bool now = listening & bit(signal);
  if (wanted == now) return JS_UNDEFINED;
  int result = wanted ? listen_to(signal) : sigaction(signal, &before[signal], nullptr);
  if (result < 0) return call.failed("sigaction");
  listening ^= bit(signal);
  return JS_UNDEFINED;
}

/** Signals that a caller may have ignored: nohup(1), or a shell's background job. */
constexpr int IGNORABLE[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP};

JSValue ignored_signals(const Call& call) {
  uint64_t ignored = 0;
  for (int signal : IGNORABLE) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) < 0) return call.failed("sigaction");
    if (!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN) ignored |= bit(signal);
  }
  return JS_NewBigUint64(call.js, ignored);
}

constexpr Named SIGNALS[] = {
    {"onSignal", bound<on_signal>},
    {"ignoredSignals", bound<ignored_signals>},
};

}  // namespace

int ignore_broken_pipes() {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  return sigaction(SIGPIPE, &ignore, nullptr) < 0 ? errno : 0;
}

int signal_fd() { return wake; }

void report_signals() {
  uint64_t count;
  if (read(wake, &count, sizeof count) < 0 && errno != EAGAIN) return;
  uint64_t came = pending.exchange(0) & listening;
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (!(came & bit(signal))) continue;
    JSValueConst number[] = {JS_NewInt32(roots().context, signal)};
    call_back(roots().signal, 1, number);
  }
}

void add_signals(JSContext* js, JSValueConst group) { set_functions(js, group, SIGNALS); }
