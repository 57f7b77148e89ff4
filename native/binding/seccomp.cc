// Seccomp profiles as JavaScript has them, for the core.
#include "binding.h"

#include "../core/seccomp.h"

namespace {

uint64_t wide(const Napi::Value& value) {
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

uint32_t narrow(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

SeccompRule rule_of(const Napi::Object& rule) {
  SeccompRule result = {narrow(rule.Get("action")), {}, {}};
  Napi::Array names = rule.Get("names").As<Napi::Array>();
  for (uint32_t i = 0; i < names.Length(); i++)
    result.names.push_back(names.Get(i).As<Napi::String>());
  Napi::Array args = rule.Get("args").As<Napi::Array>();
  for (uint32_t i = 0; i < args.Length(); i++) {
    Napi::Object arg = args.Get(i).As<Napi::Object>();
    result.args.push_back({narrow(arg.Get("index")), narrow(arg.Get("op")), wide(arg.Get("value")),
                           wide(arg.Get("valueTwo"))});
  }
  return result;
}

// compileSeccomp(program) → struct sock_filter[]
Napi::Value compile(const Napi::CallbackInfo& info) {
  Napi::Object profile = info[0].As<Napi::Object>();
  SeccompProfile decoded = {narrow(profile.Get("defaultAction")), {}, {}};
  Napi::Object numbers = profile.Get("numbers").As<Napi::Object>();
  Napi::Array known = numbers.GetPropertyNames();
  for (uint32_t i = 0; i < known.Length(); i++) {
    std::string name = known.Get(i).As<Napi::String>();
    decoded.numbers[name] = numbers.Get(name).As<Napi::Number>().Int32Value();
  }
  Napi::Array rules = profile.Get("rules").As<Napi::Array>();
  for (uint32_t i = 0; i < rules.Length(); i++)
    decoded.rules.push_back(rule_of(rules.Get(i).As<Napi::Object>()));
  SeccompProgram program = compile_seccomp(decoded);
  if (program.error) throw system_error(info.Env(), {program.error, program.call.c_str()});
  return Napi::Buffer<uint8_t>::Copy(info.Env(), program.bytes.data(), program.bytes.size());
}

}  // namespace

void export_seccomp(Napi::Env env, Napi::Object exports) {
  set_verb<compile>(env, exports, "compileSeccomp");
}
