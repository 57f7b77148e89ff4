// This process and the machine: HostProcess of node/host.ts.
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "groups.h"
#include "process.h"
#include "value.h"

namespace {

int argument_count = 0;
char** arguments = nullptr;

/** Concatenates the strings, each with its NUL. */
JSValue block_of(const Call& call, char** list, size_t count) {
  std::string block;
  for (size_t at = 0; at < count; at++) block.append(list[at], strlen(list[at]) + 1);
  return call.copy(block.data(), block.size());
}

JSValue argv(const Call& call) {
  return block_of(call, arguments, static_cast<size_t>(argument_count));
}

JSValue environment(const Call& call) {
  size_t count = 0;
  while (environ[count]) count++;
  return block_of(call, environ, count);
}

JSValue names_of_host(const Call& call) {
  utsname names;
  if (uname(&names) < 0) return call.failed("uname");
  JSValue both = JS_NewArray(call.js);
  if (JS_IsException(both)) return both;
  uint32_t at = 0;
  for (const char* name : {names.nodename, names.release}) {
    if (JS_SetPropertyUint32(call.js, both, at++, utf8_text(call.js, name, strlen(name))) >= 0)
      continue;
    JS_FreeValue(call.js, both);
    return JS_EXCEPTION;
  }
  return both;
}

JSValue pid(const Call& call) { return JS_NewInt32(call.js, getpid()); }

JSValue effective_user(const Call& call) { return JS_NewUint32(call.js, geteuid()); }

JSValue working_directory(const Call& call) {
  char path[PATH_MAX];
  if (!getcwd(path, sizeof path)) return call.failed("uv_cwd");
  return call.copy(path, strlen(path));
}

JSValue send_signal(const Call& call) {
  if (kill(call.integer(0), call.integer(1)) < 0) return call.failed("kill");
  return JS_UNDEFINED;
}

JSValue end(const Call& call) { _exit(call.integer(0)); }

JSValue random_bytes(const Call& call) {
  Span to = call.bytes(0);
  for (size_t done = 0; done < to.size;) {
    ssize_t count = getrandom(to.data + done, to.size - done, 0);
    if (count < 0 && errno != EINTR) return call.failed("getrandom");
    if (count > 0) done += static_cast<size_t>(count);
  }
  return JS_UNDEFINED;
}

JSValue is_terminal(const Call& call) { return JS_NewBool(call.js, isatty(call.integer(0))); }

JSValue window_size(const Call& call) {
  winsize size = {};
  if (ioctl(call.integer(0), TIOCGWINSZ, &size) < 0) return JS_UNDEFINED;
  const double both[] = {static_cast<double>(size.ws_col), static_cast<double>(size.ws_row)};
  return numbers(call.js, both);
}

JSValue sleep_for(const Call& call) {
  int64_t ms = call.wide(0);
  timespec left = {ms / 1000, (ms % 1000) * 1'000'000};
  while (ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR) {
  }
  return JS_UNDEFINED;
}

constexpr Named PROCESS[] = {
    {"argv", bound<argv>},
    {"environment", bound<environment>},
    {"uname", bound<names_of_host>},
    {"pid", bound<pid>},
    {"geteuid", bound<effective_user>},
    {"cwd", bound<working_directory>},
    {"kill", bound<send_signal>},
    {"exit", bound<end>},
    {"random", bound<random_bytes>},
    {"isatty", bound<is_terminal>},
    {"windowSize", bound<window_size>},
    {"sleep", bound<sleep_for>},
};

}  // namespace

void set_arguments(int count, char** list) {
  argument_count = count;
  arguments = list;
}

void add_process(JSContext* js, JSValueConst group) {
  set_functions(js, group, PROCESS);
#if defined(__x86_64__)
  const char* architecture = "x64";
#elif defined(__aarch64__)
  const char* architecture = "arm64";
#endif
  JS_SetPropertyStr(js, group, "arch", JS_NewString(js, architecture));
}
