// Shared by the binding's files: errors for JavaScript, and a guard around every function.
#pragma once
#include <napi.h>

#include <exception>

#include "../core/failure.h"

/** An Error with `errno` and `syscall`, as Node's own have. */
Napi::Error system_error(Napi::Env env, const Failure& failure);

inline void check(Napi::Env env, const Failure& failure) {
  if (failure) throw system_error(env, failure);
}

inline int number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Int32Value();
}

inline uint32_t id_of(const Napi::CallbackInfo& info) {
  return info[0].As<Napi::Number>().Uint32Value();
}

/** Calls a function. A C++ exception, which would end the host program, becomes an Error. */
template <auto verb>
Napi::Value shielded(const Napi::CallbackInfo& info) {
  try {
    if constexpr (std::is_void_v<decltype(verb(info))>) {
      verb(info);
      return info.Env().Undefined();
    } else {
      return verb(info);
    }
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

template <auto verb>
void set_verb(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(env, shielded<verb>, name));
}

void export_system(Napi::Env env, Napi::Object exports);
void export_terminal(Napi::Env env, Napi::Object exports);
void export_seccomp(Napi::Env env, Napi::Object exports);

class Engine;
Engine& engine_of(Napi::Env env);
