// Calls into TypeScript: runs microtasks after each call, and reports uncaught exceptions.
#include "callback.h"

#include <string.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "../core/failure.h"
#include "roots.h"

namespace {

constexpr int FAILED = 125;

std::vector<JSValue> rejected;  // promise, reason, promise, …

JSContext* context() { return roots().context; }

void report_rejections() {
  // Before `start`, start_from_bytecode looks at the module's own rejection.
  while (!rejected.empty() && !JS_IsUndefined(roots().failed)) {
    std::vector<JSValue> now;
    now.swap(rejected);
    for (size_t at = 0; at < now.size(); at += 2) {
      JSValueConst reason[] = {now[at + 1]};
      call_back(roots().failed, 1, reason);
      JS_FreeValue(context(), now[at]);
      JS_FreeValue(context(), now[at + 1]);
    }
  }
}

/** Calls the hook `failed`. Where that throws as well, the process ends. */
void report_exception() {
  JSContext* js = context();
  JSValue error = JS_GetException(js);
  JSValueConst one[] = {error};
  JSValue result = JS_Call(js, roots().failed, JS_UNDEFINED, 1, one);
  bool failed_again = JS_IsException(result);
  JS_FreeValue(js, result);
  if (failed_again) {
    const char* text = JS_ToCString(js, error);
    if (!text) give_up_without_memory();
    give_up(text);
  }
  JS_FreeValue(js, error);
}

}  // namespace

void give_up(const char* fact, const char* hint) {
  const std::string text = std::string("terrarium: ") + fact + "\n" +
                           (hint ? std::string("  hint: ") + hint + "\n" : "");
  // Nothing can be done about a failed write.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  _exit(FAILED);
}

void give_up_for(const char* call, int error) { give_up(text_of({error, call}).c_str()); }

void give_up_without_memory() {
  constexpr char TEXT[] =
      "terrarium: out of memory\n  hint: raise `ulimit -v` or the memory limit of this session\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, TEXT, sizeof TEXT - 1);
  _exit(FAILED);
}

void call_back(JSValueConst function, int count, JSValueConst* arguments) {
  JSValue result = JS_Call(context(), function, JS_UNDEFINED, count, arguments);
  if (JS_IsException(result)) report_exception();
  JS_FreeValue(context(), result);
  run_microtasks();
}

void run_microtasks() {
  JSContext* js = nullptr;
  for (;;) {
    int ran = JS_ExecutePendingJob(JS_GetRuntime(context()), &js);
    if (ran < 0) report_exception();
    if (ran == 0) break;
  }
  report_rejections();
}

void track_rejection(JSContext* js, JSValueConst promise, JSValueConst reason, bool handled,
                     void*) {
  if (!handled) {
    rejected.push_back(JS_DupValue(js, promise));
    rejected.push_back(JS_DupValue(js, reason));
    return;
  }
  for (size_t at = 0; at < rejected.size(); at += 2) {
    if (JS_VALUE_GET_PTR(rejected[at]) != JS_VALUE_GET_PTR(promise)) continue;
    JS_FreeValue(js, rejected[at]);
    JS_FreeValue(js, rejected[at + 1]);
    rejected.erase(rejected.begin() + static_cast<ptrdiff_t>(at),
                   rejected.begin() + static_cast<ptrdiff_t>(at) + 2);
    return;
  }
}
