#include "runtime.h"

#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <algorithm>

#include "host/groups.h"
#include "heap/heap.h"
#include "callback.h"
#include "payload.h"
#include "host/value.h"

namespace {

constexpr size_t MEMORY_LIMIT = 512 << 20;
/** Cycles of garbage are not collected below this size: short commands never reach it. */
constexpr size_t COLLECT_FROM = 16 << 20;
constexpr size_t LARGEST_STACK = 1 << 20;

using AddGroup = void (*)(JSContext*, JSValueConst);

void set_group(JSContext* js, JSValueConst host, const char* name,
               std::initializer_list<AddGroup> parts) {
  JSValue group = JS_NewObject(js);
  for (AddGroup add : parts) add(js, group);
  JS_SetPropertyStr(js, host, name, group);
}

/** A hook by name; ends the process if it is not a function. */
JSValue hook(JSContext* js, JSValueConst hooks, const char* name) {
  JSValue found = JS_GetPropertyStr(js, hooks, name);
  if (!JS_IsFunction(js, found)) give_up("a hook of the command is missing");
  return found;
}

// start(hooks)
JSValue start(const Call& call) {
  JSValueConst hooks = call.values[0];
  roots().main = hook(call.js, hooks, "main");
  roots().signal = hook(call.js, hooks, "signal");
  roots().failed = hook(call.js, hooks, "failed");
  roots().exit = hook(call.js, hooks, "exit");
  roots().failure = hook(call.js, hooks, "failure");
  return JS_UNDEFINED;
}

constexpr Named HOST[] = {{"start", always<start>}};

void set_host(JSContext* js) {
  JSValue host = JS_NewObject(js);
  set_functions(js, host, HOST);
  set_group(js, host, "files", {add_files, add_directories});
  set_group(js, host, "process", {add_process, add_signals});
  set_group(js, host, "loop", {add_loop});
  set_group(js, host, "text", {add_text});
  set_group(js, host, "verbs", {add_verbs, add_system_verbs, add_terminal_verbs, add_seccomp_verb});
  JSValue global = JS_GetGlobalObject(js);
  JS_SetPropertyStr(js, global, "terrariumHost", host);
  JS_FreeValue(js, global);
}

// Without JS_AddIntrinsicEval there is no eval, no Function from text, and no parser.
JSContext* new_context(JSRuntime* runtime) {
  JSContext* js = JS_NewContextRaw(runtime);
  if (!js) return nullptr;
  for (auto add : {JS_AddIntrinsicBaseObjects, JS_AddIntrinsicDate, JS_AddIntrinsicRegExp,
                   JS_AddIntrinsicJSON, JS_AddIntrinsicProxy, JS_AddIntrinsicMapSet,
                   JS_AddIntrinsicTypedArrays, JS_AddIntrinsicPromise, JS_AddIntrinsicWeakRef})
    if (add(js) < 0) return nullptr;
  JS_AddIntrinsicRegExpCompiler(js);
  return js;
}

[[noreturn]] void give_up_with(JSContext* js) {
  JSValue error = JS_GetException(js);
  JSValue stack = JS_GetPropertyStr(js, error, "stack");
  const char* text = JS_ToCString(js, error);
  const char* where = JS_ToCString(js, stack);
  std::string fact = text ? text : "out of memory";
  if (where) fact += std::string("\n") + where;
  give_up(fact.c_str());
}

}  // namespace

void start_from_bytecode() {
  JSRuntime* runtime = JS_NewRuntime2(&heap_functions, nullptr);
  if (!runtime) give_up_without_memory();
  roots().context = new_context(runtime);
  JSContext* js = roots().context;
  if (!js) give_up_without_memory();
  if (!dumping()) set_seed(nullptr);
  for (JSValue* root : {&roots().main, &roots().signal, &roots().failed, &roots().exit,
                        &roots().failure, &roots().listener})
    *root = JS_UNDEFINED;
  JS_SetHostPromiseRejectionTracker(runtime, track_rejection, nullptr);
  JS_SetGCThreshold(runtime, COLLECT_FROM);
  // Atomics.wait is how the command sleeps.
  JS_SetCanBlock(runtime, true);
  set_limits();
  set_host(js);
  Payload code = bytecode();
  JSValue module = JS_ReadObject(js, code.data, code.size, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(module) || JS_ResolveModule(js, module) < 0) give_up_with(js);
  JSValue evaluated = JS_EvalFunction(js, module);
  if (JS_IsException(evaluated)) give_up_with(js);
  run_microtasks();
  if (JS_PromiseState(js, evaluated) == JS_PROMISE_REJECTED) {
    JS_Throw(js, JS_PromiseResult(js, evaluated));
    give_up_with(js);
  }
  JS_FreeValue(js, evaluated);
  if (JS_IsUndefined(roots().main)) give_up("the command has not begun");
}

void set_seed(const JSSnapshot* maps) {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) give_up("getrandom failed");
  JS_SetSeed(roots().context, seed, maps);
}

void set_limits() {
  JSRuntime* runtime = JS_GetRuntime(roots().context);
  size_t stack = LARGEST_STACK;
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) == 0) stack = std::min<size_t>(stack, limit.rlim_cur / 2);
  JS_UpdateStackTop(runtime);
  JS_SetMaxStackSize(runtime, stack);
  JS_SetMemoryLimit(runtime, MEMORY_LIMIT);
}
