// The addon's verbs. JavaScript (runtime/native/addon.ts) has checked every argument.
#include <system_error>

#include "engine.h"

namespace {

Engine& engine(Napi::Env env) {
  Engine* found = env.GetInstanceData<Engine>();
  if (!found) throw Napi::Error::New(env, "listen first");
  return *found;
}

// listen(callback): starts the two threads; the callback gets every event.
void listen(const Napi::CallbackInfo& info) {
  if (info.Env().GetInstanceData<Engine>()) throw Napi::Error::New(info.Env(), "already listening");
  auto* created = new Engine(info.Env(), info[0].As<Napi::Function>());
  created->unref(info.Env());
  info.Env().SetInstanceData(created);
  info.Env().AddCleanupHook([created] { created->stop(); });
}

void set_init(const Napi::CallbackInfo& info) {
  auto image = info[0].As<Napi::Uint8Array>();
  if (init_image >= 0) return;
  try {
    init_image = seal_init(image.Data(), image.ByteLength());
  } catch (const std::system_error& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

// spawn(id, flags, [0, 1, 2, extra, cgroup, detached cgroup, pid namespace], batched)
void spawn(const Napi::CallbackInfo& info) {
  auto request = std::make_unique<SpawnRequest>();
  bool lossless;
  request->id = info[0].As<Napi::Number>().Uint32Value();
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
  engine(info.Env()).spawn(std::move(request));
}

// tell(id, bytes)
void tell(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  engine(info.Env())
      .tell(info[0].As<Napi::Number>().Uint32Value(), bytes.Data(), bytes.ByteLength());
}

// atEnd(id, host operations)
void at_end(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  engine(info.Env())
      .at_end(info[0].As<Napi::Number>().Uint32Value(),
              Bytes(bytes.Data(), bytes.Data() + bytes.ByteLength()));
}

// perform(host operations, from, to) → the records of that range, up to the first that was refused
Napi::Value perform(const Napi::CallbackInfo& info) {
  Range range = {info[1].As<Napi::Number>().Uint32Value(),
                 info[2].As<Napi::Number>().Uint32Value()};
  Bytes results;
  perform_host(info[0].As<Napi::Uint8Array>().Data(), range, 0, AfterFailure::STOP, results);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), results.data(), results.size());
}

void watch(const Napi::CallbackInfo& info) {
  engine(info.Env())
      .watch(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Number>().Int32Value());
}

void ref(const Napi::CallbackInfo& info) { engine(info.Env()).ref(info.Env()); }
void unref(const Napi::CallbackInfo& info) { engine(info.Env()).unref(info.Env()); }

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("listen", Napi::Function::New(env, listen));
  exports.Set("setInit", Napi::Function::New(env, set_init));
  exports.Set("spawn", Napi::Function::New(env, spawn));
  exports.Set("tell", Napi::Function::New(env, tell));
  exports.Set("atEnd", Napi::Function::New(env, at_end));
  exports.Set("perform", Napi::Function::New(env, perform));
  exports.Set("watch", Napi::Function::New(env, watch));
  exports.Set("ref", Napi::Function::New(env, ref));
  exports.Set("unref", Napi::Function::New(env, unref));
  export_system(env, exports);
  export_seccomp(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(terrarium, initialise)
