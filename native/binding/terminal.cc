// Terminals and their pumps, for JavaScript.
#include "binding.h"

#include <string.h>

#include "../core/engine.h"
#include "../core/terminal.h"

namespace {

// makeRaw(fd, output only) → the attributes before, for restoreTerminal
Napi::Value raw_mode(const Napi::CallbackInfo& info) {
  termios before = {};
  Raw what = info[1].ToBoolean() ? Raw::OUTPUT : Raw::BOTH;
  check(info.Env(), make_raw(number(info, 0), what, before));
  return Napi::Buffer<uint8_t>::Copy(info.Env(), reinterpret_cast<uint8_t*>(&before),
                                     sizeof before);
}

void restore(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  termios saved = {};
  if (bytes.ByteLength() != sizeof saved) throw Napi::Error::New(info.Env(), "not a termios");
  memcpy(&saved, bytes.Data(), sizeof saved);
  check(info.Env(), restore_terminal(number(info, 0), saved));
}

Napi::Value foreground(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), in_foreground(number(info, 0)));
}

// setWindowSize(fd, columns, rows)
void window_size(const Napi::CallbackInfo& info) {
  auto columns = static_cast<unsigned short>(number(info, 1));
  auto rows = static_cast<unsigned short>(number(info, 2));
  check(info.Env(), set_window_size(number(info, 0), columns, rows));
}

// openPty() → [master, slave]
Napi::Value pty(const Napi::CallbackInfo& info) {
  Pty opened = open_pty();
  check(info.Env(), opened.failure);
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair[0u] = opened.master;
  pair[1u] = opened.slave;
  return pair;
}

// pump(id, master, input, output)
void start_pump(const Napi::CallbackInfo& info) {
  PumpEnds ends = {number(info, 1), number(info, 2), number(info, 3)};
  check(info.Env(), engine_of(info.Env()).pump(id_of(info), ends));
}

// pumpSay(id, bytes)
void pump_say(const Napi::CallbackInfo& info) {
  auto text = info[1].As<Napi::Uint8Array>();
  Pump* pump = engine_of(info.Env()).pump_of(id_of(info));
  if (pump) pump->say({reinterpret_cast<char*>(text.Data()), text.ByteLength()});
}

void pump_finish(const Napi::CallbackInfo& info) {
  Pump* pump = engine_of(info.Env()).pump_of(id_of(info));
  if (pump) pump->finish();
}

void pump_stop(const Napi::CallbackInfo& info) {
  Pump* pump = engine_of(info.Env()).pump_of(id_of(info));
  if (pump) pump->stop();
}

// pumpForget(id): waits for its thread, which has ended or is about to
void pump_forget(const Napi::CallbackInfo& info) { engine_of(info.Env()).forget_pump(id_of(info)); }

}  // namespace

void export_terminal(Napi::Env env, Napi::Object exports) {
  set_verb<raw_mode>(env, exports, "makeRaw");
  set_verb<restore>(env, exports, "restoreTerminal");
  set_verb<foreground>(env, exports, "inForeground");
  set_verb<window_size>(env, exports, "setWindowSize");
  set_verb<pty>(env, exports, "openPty");
  set_verb<start_pump>(env, exports, "pump");
  set_verb<pump_say>(env, exports, "pumpSay");
  set_verb<pump_finish>(env, exports, "pumpFinish");
  set_verb<pump_stop>(env, exports, "pumpStop");
  set_verb<pump_forget>(env, exports, "pumpForget");
}
