// Small system calls that Node has no function for.
#include "binding.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../core/clock.h"
#include "../core/fd.h"
#include "../core/features.h"
#include "../core/hierarchy.h"

namespace {

Napi::Value checked(const Napi::CallbackInfo& info, long result, const char* call) {
  if (result < 0) throw system_error(info.Env(), failed(call));
  return Napi::Number::New(info.Env(), static_cast<double>(result));
}

Napi::Value pidfd_open(const Napi::CallbackInfo& info) {
  return checked(info, syscall(SYS_pidfd_open, number(info, 0), 0), "pidfd_open");
}

Napi::Value pidfd_send_signal(const Napi::CallbackInfo& info) {
  long sent = syscall(SYS_pidfd_send_signal, number(info, 0), number(info, 1), nullptr, 0);
  return checked(info, sent, "pidfd_send_signal");
}

Napi::Value event_fd(const Napi::CallbackInfo& info) {
  return checked(info, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

// pipe() → [end to read from, end to write to]
Napi::Value pipe_ends(const Napi::CallbackInfo& info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) throw system_error(info.Env(), failed("pipe2"));
  Napi::Array both = Napi::Array::New(info.Env(), 2);
  both.Set(0u, ends[0]);
  both.Set(1u, ends[1]);
  return both;
}

// monotonicNs() → CLOCK_MONOTONIC, which the init's records have. Node's own clock is that one;
// another engine's may count from the start of the process.
Napi::Value clock_ns(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), monotonic_ns());
}

// close(fd): of a descriptor that the addon opened. In a worker thread Node's own would warn.
void close_one(const Napi::CallbackInfo& info) {
  if (!close_fd(number(info, 0))) throw system_error(info.Env(), failed("close"));
}

// mountHierarchy(type, controllers) → descriptor of its root
Napi::Value mount_cgroups(const Napi::CallbackInfo& info) {
  std::vector<std::string> controllers;
  Napi::Array names = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < names.Length(); i++)
    controllers.push_back(names.Get(i).As<Napi::String>().Utf8Value());
  Hierarchy mounted = mount_hierarchy(info[0].As<Napi::String>().Utf8Value(), controllers);
  check(info.Env(), mounted.failure);
  return Napi::Number::New(info.Env(), mounted.root.release());
}

// hasAttribute(path, name): whether there is such an extended attribute, and we may read it
Napi::Value has_attribute(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  const std::string name = info[1].As<Napi::String>().Utf8Value();
  bool there = getxattr(path.c_str(), name.c_str(), nullptr, 0) >= 0;
  return Napi::Boolean::New(info.Env(), there);
}

// kernelFeatures() → bits of wire::Feature
Napi::Value features(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), kernel_features());
}

}  // namespace

void export_system(Napi::Env env, Napi::Object exports) {
  set_verb<pidfd_open>(env, exports, "pidfdOpen");
  set_verb<pidfd_send_signal>(env, exports, "pidfdSendSignal");
  set_verb<event_fd>(env, exports, "eventfd");
  set_verb<pipe_ends>(env, exports, "pipe");
  set_verb<clock_ns>(env, exports, "monotonicNs");
  set_verb<close_one>(env, exports, "close");
  set_verb<mount_cgroups>(env, exports, "mountHierarchy");
  set_verb<has_attribute>(env, exports, "hasAttribute");
  set_verb<features>(env, exports, "kernelFeatures");
}
