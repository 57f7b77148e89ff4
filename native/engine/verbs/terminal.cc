// Terminals and their pumps: native/binding/terminal.cc for this host.
#include <string.h>

#include "../../core/engine.h"
#include "../../core/terminal.h"
#include "core.h"
#include "../host/groups.h"
#include "../host/value.h"

namespace {

// makeRaw(fd, output only) → the attributes before, for restoreTerminal
JSValue raw_mode(const Call& call) {
  termios before = {};
  Raw what = call.truth(1) ? Raw::OUTPUT : Raw::BOTH;
  if (Failure refused = make_raw(call.integer(0), what, before)) return call.refused(refused);
  return call.copy(&before, sizeof before);
}

JSValue restore(const Call& call) {
  Span bytes = call.bytes(1);
  termios saved = {};
  if (bytes.size != sizeof saved) return JS_ThrowTypeError(call.js, "not a termios");
  memcpy(&saved, bytes.data, sizeof saved);
  return call.done(restore_terminal(call.integer(0), saved));
}

JSValue foreground(const Call& call) { return JS_NewBool(call.js, in_foreground(call.integer(0))); }

// setWindowSize(fd, columns, rows)
JSValue window_size(const Call& call) {
  auto columns = static_cast<unsigned short>(call.integer(1));
  auto rows = static_cast<unsigned short>(call.integer(2));
  return call.done(set_window_size(call.integer(0), columns, rows));
}

// openPty() → [master, slave]
JSValue pty(const Call& call) {
  Pty opened = open_pty();
  if (opened.failure) return call.refused(opened.failure);
  const double pair[] = {static_cast<double>(opened.master), static_cast<double>(opened.slave)};
  return numbers(call.js, pair);
}

Pump* pump_of(const Call& call) {
  return core_engine() ? core_engine()->pump_of(id_of(call)) : nullptr;
}

// pump(id, master, input, output)
JSValue start_pump(const Call& call) {
  if (!core_engine()) return JS_ThrowInternalError(call.js, "listen first");
  PumpEnds ends = {call.integer(1), call.integer(2), call.integer(3)};
  return call.done(core_engine()->pump(id_of(call), ends));
}

// pumpSay(id, bytes)
JSValue pump_say(const Call& call) {
  Span text = call.bytes(1);
  if (Pump* pump = pump_of(call)) pump->say({reinterpret_cast<char*>(text.data), text.size});
  return JS_UNDEFINED;
}

JSValue pump_finish(const Call& call) {
  if (Pump* pump = pump_of(call)) pump->finish();
  return JS_UNDEFINED;
}

JSValue pump_stop(const Call& call) {
  if (Pump* pump = pump_of(call)) pump->stop();
  return JS_UNDEFINED;
}

// pumpForget(id): waits for its thread, which has ended or is about to
JSValue pump_forget(const Call& call) {
  if (core_engine()) core_engine()->forget_pump(id_of(call));
  return JS_UNDEFINED;
}

constexpr Named TERMINAL[] = {
    {"makeRaw", bound<raw_mode>},
    {"restoreTerminal", bound<restore>},
    {"inForeground", bound<foreground>},
    {"setWindowSize", bound<window_size>},
    {"openPty", bound<pty>},
    {"pump", bound<start_pump>},
    {"pumpSay", bound<pump_say>},
    {"pumpFinish", bound<pump_finish>},
    {"pumpStop", bound<pump_stop>},
    {"pumpForget", bound<pump_forget>},
};

}  // namespace

void add_terminal_verbs(JSContext* js, JSValueConst group) { set_functions(js, group, TERMINAL); }
