// Text and bytes: HostText of node/host.ts. Also works while the build makes the snapshot.
#include <string.h>

#include <algorithm>

#include "groups.h"
#include "utf8.h"
#include "value.h"

namespace {

JSValue encode(const Call& call) {
  Text text(call.js, call.values[0]);
  return text.valid() ? call.copy(text.data(), text.size()) : JS_EXCEPTION;
}

JSValue length_of(const Call& call) {
  Text text(call.js, call.values[0]);
  if (!text.valid()) return JS_EXCEPTION;
  return JS_NewInt64(call.js, static_cast<int64_t>(text.size()));
}

bool continues(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

JSValue encode_into(const Call& call) {
  Text text(call.js, call.values[0]);
  Span to = call.bytes(1);
  auto offset = static_cast<size_t>(call.wide(2));
  if (!text.valid() || !to.data) return JS_EXCEPTION;
  if (offset > to.size) offset = to.size;
  size_t size = std::min(text.size(), to.size - offset);
  while (size > 0 && size < text.size() && continues(text.data()[size])) size--;
  memcpy(to.data + offset, text.data(), size);
  return JS_NewInt64(call.js, static_cast<int64_t>(size));
}

/** The range of argument 0 given by arguments 1 and 2, clamped. */
Span range_of(const Call& call) {
  Span bytes = call.bytes(0);
  int64_t most = static_cast<int64_t>(bytes.size);
  int64_t from = std::clamp<int64_t>(call.wide(1), 0, most);
  int64_t to = std::clamp<int64_t>(call.wide(2), from, most);
  return {bytes.data + from, static_cast<size_t>(to - from)};
}

JSValue decode(const Call& call) {
  Span range = range_of(call);
  return utf8_text(call.js, reinterpret_cast<char*>(range.data), range.size);
}

JSValue decode_latin1(const Call& call) {
  Span range = range_of(call);
  return latin1_text(call.js, reinterpret_cast<char*>(range.data), range.size);
}

constexpr Named TEXT[] = {
    {"encodeUtf8", always<encode>},          {"utf8Length", always<length_of>},
    {"writeUtf8", always<encode_into>},      {"decodeUtf8", always<decode>},
    {"decodeLatin1", always<decode_latin1>},
};

}  // namespace

void add_text(JSContext* js, JSValueConst group) { set_functions(js, group, TEXT); }
