// The addon's small system calls: native/binding/system.cc for this host.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../core/clock.h"
#include "../../core/fd.h"
#include "../../core/features.h"
#include "../../core/hierarchy.h"
#include "../host/groups.h"
#include "../host/value.h"

namespace {

JSValue pidfd_open(const Call& call) {
  return call.checked(syscall(SYS_pidfd_open, call.integer(0), 0), "pidfd_open");
}

JSValue pidfd_send_signal(const Call& call) {
  long sent = syscall(SYS_pidfd_send_signal, call.integer(0), call.integer(1), nullptr, 0);
  return call.checked(sent, "pidfd_send_signal");
}

JSValue event_fd(const Call& call) {
  return call.checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

// pipe() → [end to read from, end to write to]
JSValue pipe_ends(const Call& call) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return call.refused(failed("pipe2"));
  const double both[] = {static_cast<double>(ends[0]), static_cast<double>(ends[1])};
  return numbers(call.js, both);
}

JSValue clock_ns(const Call& call) { return JS_NewBigInt64(call.js, monotonic_ns()); }

JSValue close_one(const Call& call) {
  if (!close_fd(call.integer(0))) return call.refused(failed("close"));
  return JS_UNDEFINED;
}

// mountHierarchy(type, controllers) → descriptor of its root
JSValue mount_cgroups(const Call& call) {
  Text type(call.js, call.values[0]);
  int64_t count = 0;
  if (!type.valid() || JS_GetLength(call.js, call.values[1], &count) < 0) return JS_EXCEPTION;
  std::vector<std::string> controllers;
  for (int64_t at = 0; at < count; at++) {
    JSValue value = JS_GetPropertyInt64(call.js, call.values[1], at);
    Text name(call.js, value);
    JS_FreeValue(call.js, value);
    if (!name.valid()) return JS_EXCEPTION;
    controllers.emplace_back(name.view());
  }
  Hierarchy mounted = mount_hierarchy(std::string(type.view()), controllers);
  if (mounted.failure) return call.refused(mounted.failure);
  return JS_NewInt32(call.js, mounted.root.release());
}

// hasAttribute(path, name): whether the extended attribute exists and is readable
JSValue has_attribute(const Call& call) {
  Path path(call.js, call.values[0]);
  Path name(call.js, call.values[1]);
  if (!path.valid() || !name.valid()) return JS_HasException(call.js) ? JS_EXCEPTION : JS_FALSE;
  return JS_NewBool(call.js, getxattr(path.get(), name.get(), nullptr, 0) >= 0);
}

// kernelFeatures() → bits of wire::Feature
JSValue features(const Call& call) { return JS_NewUint32(call.js, kernel_features()); }

constexpr Named SYSTEM[] = {
    {"pidfdOpen", bound<pidfd_open>},
    {"pidfdSendSignal", bound<pidfd_send_signal>},
    {"eventfd", bound<event_fd>},
    {"pipe", bound<pipe_ends>},
    {"monotonicNs", bound<clock_ns>},
    {"close", bound<close_one>},
    {"mountHierarchy", bound<mount_cgroups>},
    {"hasAttribute", bound<has_attribute>},
    {"kernelFeatures", bound<features>},
};

}  // namespace

void add_system_verbs(JSContext* js, JSValueConst group) { set_functions(js, group, SYSTEM); }
