// The addon's functions that need the core's engine: native/binding/addon.cc for this host.
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <deque>
#include <memory>
#include <mutex>

#include "../../core/engine.h"
#include "core.h"
#include "events.h"
#include "../host/groups.h"
#include "../callback.h"
#include "../payload.h"
#include "../host/value.h"

namespace {

/** Queues events for the loop, and wakes it. */
class QueueSink : public Sink {
 public:
  void post(std::unique_ptr<Event> event) override {
    std::lock_guard lock(mutex_);
    const uint64_t one = 1;
    // Fails only if the counter is full, and then the loop wakes up anyway.
    if (queue_.empty()) [[maybe_unused]]
      ssize_t written = write(wake_, &one, sizeof one);
    queue_.push_back(std::move(event));
  }
  Failure start() {
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_ < 0 ? failed("eventfd") : Failure{};
  }
  int fd() const { return wake_; }
  std::deque<std::unique_ptr<Event>> take() {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) return {};
    uint64_t count;
    // Under the lock, so that the next event posted wakes the loop again.
    [[maybe_unused]] ssize_t got = read(wake_, &count, sizeof count);
    return std::exchange(queue_, {});
  }

 private:
  int wake_ = -1;
  std::mutex mutex_;
  std::deque<std::unique_ptr<Event>> queue_;
};

QueueSink sink;
Engine* engine = nullptr;  // never freed: its threads end with the process
bool alive = false;

JSValue list_of(JSContext* js, const std::vector<int>& descriptors) {
  JSValue list = JS_NewArray(js);
  for (size_t at = 0; at < descriptors.size(); at++)
    JS_SetPropertyUint32(js, list, static_cast<uint32_t>(at), JS_NewInt32(js, descriptors[at]));
  return list;
}

void deliver(Event& event) {
  JSContext* js = roots().context;
  JSValue arguments[] = {
      JS_NewUint32(js, event.kind),
      JS_NewUint32(js, event.id),
      JS_NewInt64(js, event.a),
      JS_NewInt64(js, event.b),
      JS_NewInt64(js, event.c),
      JS_NewInt64(js, event.d),
      JS_UNDEFINED,
      JS_UNDEFINED,
      JS_NewInt32(js, event.failure.error),
      JS_NewString(js, event.failure.call),
  };
  if (event.kind == wire::EVENT_RESULTS || event.kind == wire::EVENT_NETLINK)
    arguments[6] = JS_NewUint8ArrayCopy(js, event.bytes.data(), event.bytes.size());
  if (event.kind == wire::EVENT_RESULTS)
    arguments[7] = list_of(js, std::exchange(event.descriptors, {}));
  constexpr int COUNT = sizeof arguments / sizeof *arguments;
  call_back(roots().listener, COUNT, arguments);
  for (JSValue argument : arguments) JS_FreeValue(js, argument);
}

// listen(onEvent): starts the threads
JSValue listen(const Call& call) {
  if (engine) return JS_ThrowInternalError(call.js, "already listening");
  if (Failure refused = sink.start()) return call.refused(refused);
  auto created = std::make_unique<Engine>(sink);
  // Without a poller thread: saves its creation, and a wake-up for each event.
  if (Failure refused = created->start(Engine::Poller::CALLER)) {
    created->stop();
    return call.refused(refused);
  }
  roots().listener = JS_DupValue(call.js, call.values[0]);
  engine = created.release();
  return JS_UNDEFINED;
}

JSValue ref(const Call&) {
  alive = true;
  return JS_UNDEFINED;
}

JSValue unref(const Call&) {
  alive = false;
  return JS_UNDEFINED;
}

// setInit(ignored): seals the executable's own init
JSValue set_init(const Call& call) {
  Payload init = init_image();
  return call.done(seal_init(init.data, init.size));
}

// spawn(id, flags, [0, 1, 2, extra, cgroup, detached cgroup, pid namespace], batched)
JSValue spawn(const Call& call) {
  if (!engine) return JS_ThrowInternalError(call.js, "listen first");
  auto request = std::make_unique<SpawnRequest>();
  auto descriptor = [&](uint32_t index) {
    JSValue value = JS_GetPropertyUint32(call.js, call.values[2], index);
    int32_t fd = -1;
    JS_ToInt32(call.js, &fd, value);
    JS_FreeValue(call.js, value);
    return fd;
  };
  request->id = static_cast<uint32_t>(call.wide(0));
  request->flags = call.big(1);
  for (uint32_t i = 0; i < 3; i++) request->stdio[i] = descriptor(i);
  request->extra = descriptor(3);
  request->cgroup = descriptor(4);
  request->detached_cgroup = descriptor(5);
  request->join_pid = descriptor(6);
  request->batched = call.truth(3);
  engine->spawn(std::move(request));
  return JS_UNDEFINED;
}

Bytes copy_of(const Span& span) { return {span.data, span.data + span.size}; }

// send(id, bytes)
JSValue send_bytes(const Call& call) {
  Span bytes = call.bytes(1);
  if (engine) engine->send(id_of(call), bytes.data, bytes.size);
  return JS_UNDEFINED;
}

// onExit(id, host operations)
JSValue set_exit_actions(const Call& call) {
  if (engine) engine->on_exit(id_of(call), copy_of(call.bytes(1)));
  return JS_UNDEFINED;
}

// perform(host operations, from, to) → the records of that range, up to the first that failed
JSValue perform(const Call& call) {
  Range range = {static_cast<uint32_t>(call.wide(1)), static_cast<uint32_t>(call.wide(2))};
  Bytes results;
  perform_host(call.bytes(0).data, range, 0, AfterFailure::STOP, results);
  return call.copy(results.data(), results.size());
}

// watch(id, fd)
JSValue watch(const Call& call) {
  if (engine) engine->watch(id_of(call), call.integer(1));
  return JS_UNDEFINED;
}

// netlink(id, messages)
JSValue netlink(const Call& call) {
  if (!engine) return JS_ThrowInternalError(call.js, "listen first");
  return call.done(engine->netlink(id_of(call), copy_of(call.bytes(1))));
}

constexpr Named VERBS[] = {
    {"listen", bound<listen>},           {"ref", bound<ref>},         {"unref", bound<unref>},
    {"setInit", bound<set_init>},        {"spawn", bound<spawn>},     {"send", bound<send_bytes>},
    {"onExit", bound<set_exit_actions>}, {"perform", bound<perform>}, {"watch", bound<watch>},
    {"netlink", bound<netlink>},
};

}  // namespace

Engine* core_engine() { return engine; }

bool events_alive() { return alive; }

int events_fd() { return sink.fd(); }

int core_fd() { return engine ? engine->fd() : -1; }

int core_wait_ms() { return engine ? engine->longest_wait_ms() : -1; }

void step_core() {
  if (engine) engine->step();
}

void deliver_events() {
  for (auto& event : sink.take()) deliver(*event);
}

void add_verbs(JSContext* js, JSValueConst group) { set_functions(js, group, VERBS); }
