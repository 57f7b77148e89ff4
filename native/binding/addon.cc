// The addon's functions, thin over native/core. runtime/native/addon.ts has checked the arguments.
#include "binding.h"

#include <string.h>
#include <unistd.h>

#include <utility>

#include "../core/engine.h"

namespace {

void deliver(Napi::Env env, Napi::Function callback, Event* raw) {
  std::unique_ptr<Event> event(raw);
  if (env == nullptr || callback == nullptr) return;
  Napi::Value bytes = env.Undefined();
  Napi::Value descriptors = env.Undefined();
  if (event->kind == wire::EVENT_RESULTS || event->kind == wire::EVENT_NETLINK)
    bytes = Napi::Buffer<uint8_t>::Copy(env, event->bytes.data(), event->bytes.size());
  if (event->kind == wire::EVENT_RESULTS) {
    std::vector<int> received = std::exchange(event->descriptors, {});
    Napi::Array list = Napi::Array::New(env, received.size());
    for (uint32_t i = 0; i < received.size(); i++) list[i] = received[i];
    descriptors = list;
  }
  auto integer = [&](int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); };
  callback.Call({integer(event->kind), integer(event->id), integer(event->a), integer(event->b),
                 integer(event->c), integer(event->d), bytes, descriptors,
                 integer(event->failure.error), Napi::String::New(env, event->failure.call)});
}

/** Posts events to JavaScript's thread. */
class CallbackSink : public Sink {
 public:
  CallbackSink(Napi::Env env, Napi::Function on_event)
      : post_(Napi::ThreadSafeFunction::New(env, on_event, "terrarium", 0, 1)) {}
  void post(std::unique_ptr<Event> event) override {
    Event* raw = event.release();
    if (post_.NonBlockingCall(raw, deliver) != napi_ok) delete raw;
  }
  void ref(Napi::Env env) { post_.Ref(env); }
  void unref(Napi::Env env) { post_.Unref(env); }
  void release() { post_.Release(); }

 private:
  Napi::ThreadSafeFunction post_;
};

struct Host {
  CallbackSink sink;
  Engine engine;
  Host(Napi::Env env, Napi::Function on_event) : sink(env, on_event), engine(sink) {}
};

Host& host(Napi::Env env) {
  Host* found = env.GetInstanceData<Host>();
  if (!found) throw Napi::Error::New(env, "listen first");
  return *found;
}

// listen(callback): starts the threads; the callback gets every event. After a failure, again.
void listen(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (env.GetInstanceData<Host>()) throw Napi::Error::New(env, "already listening");
  auto created = std::make_unique<Host>(env, info[0].As<Napi::Function>());
  created->sink.unref(env);
  if (Failure refused = created->engine.start()) {
    created->engine.stop();
    created->sink.release();
    throw system_error(env, refused);
  }
  Host* raw = created.release();
  env.SetInstanceData(raw);
  // Before the environment takes the callback away: hooks run in reverse order, and the
  // callback's own was added first.
  env.AddCleanupHook([raw] { raw->engine.stop(); });
}

void set_init(const Napi::CallbackInfo& info) {
  auto image = info[0].As<Napi::Uint8Array>();
  check(info.Env(), seal_init(image.Data(), image.ByteLength()));
}

// spawn(id, flags, [0, 1, 2, extra, cgroup, detached cgroup, pid namespace], batched)
void spawn(const Napi::CallbackInfo& info) {
  auto request = std::make_unique<SpawnRequest>();
  bool lossless;
  request->id = id_of(info);
  request->flags = info[1].As<Napi::BigInt>().Uint64Value(&lossless);
  Napi::Array descriptors = info[2].As<Napi::Array>();
  auto descriptor = [&](uint32_t index) {
    return descriptors.Get(index).As<Napi::Number>().Int32Value();
  };
  for (uint32_t i = 0; i < 3; i++) request->stdio[i] = descriptor(i);
  request->extra = descriptor(3);
  request->cgroup = descriptor(4);
  request->detached_cgroup = descriptor(5);
  request->join_pid = descriptor(6);
  request->batched = info[3].As<Napi::Boolean>().Value();
  engine_of(info.Env()).spawn(std::move(request));
}

// send(id, bytes)
void send_bytes(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  engine_of(info.Env()).send(id_of(info), bytes.Data(), bytes.ByteLength());
}

Bytes bytes_of(const Napi::Value& value) {
  auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.Data() + bytes.ByteLength()};
}

// onExit(id, host operations)
void set_exit_actions(const Napi::CallbackInfo& info) {
  engine_of(info.Env()).on_exit(id_of(info), bytes_of(info[1]));
}

// perform(host operations, from, to) → the records of that range, up to the first that failed
Napi::Value perform(const Napi::CallbackInfo& info) {
  Range range = {info[1].As<Napi::Number>().Uint32Value(),
                 info[2].As<Napi::Number>().Uint32Value()};
  Bytes results;
  perform_host(info[0].As<Napi::Uint8Array>().Data(), range, 0, AfterFailure::STOP, results);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), results.data(), results.size());
}

// watch(id, fd)
void watch(const Napi::CallbackInfo& info) {
  engine_of(info.Env()).watch(id_of(info), number(info, 1));
}

// netlink(id, messages)
void netlink(const Napi::CallbackInfo& info) {
  check(info.Env(), engine_of(info.Env()).netlink(id_of(info), bytes_of(info[1])));
}

void ref(const Napi::CallbackInfo& info) { host(info.Env()).sink.ref(info.Env()); }
void unref(const Napi::CallbackInfo& info) { host(info.Env()).sink.unref(info.Env()); }

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  set_verb<listen>(env, exports, "listen");
  set_verb<set_init>(env, exports, "setInit");
  set_verb<spawn>(env, exports, "spawn");
  set_verb<send_bytes>(env, exports, "send");
  set_verb<set_exit_actions>(env, exports, "onExit");
  set_verb<perform>(env, exports, "perform");
  set_verb<watch>(env, exports, "watch");
  set_verb<netlink>(env, exports, "netlink");
  set_verb<ref>(env, exports, "ref");
  set_verb<unref>(env, exports, "unref");
  export_system(env, exports);
  export_terminal(env, exports);
  export_seccomp(env, exports);
  return exports;
}

}  // namespace

Engine& engine_of(Napi::Env env) { return host(env).engine; }

Napi::Error system_error(Napi::Env env, const Failure& failure) {
  Napi::Error result = Napi::Error::New(env, text_of(failure));
  result.Set("errno", Napi::Number::New(env, failure.error));
  result.Set("syscall", Napi::String::New(env, failure.call));
  return result;
}

NODE_API_MODULE(terrarium, initialise)
