// Arguments and results of the host's functions.
#include "value.h"

#include <string.h>

#include <new>

#include "utf8.h"

Path::Path(JSContext* js, JSValueConst value) : js_(js), value_(value) {
  if (JS_IsString(value)) {
    size_t size = 0;
    owned_ = JS_ToCStringLen(js, &size, value);
    if (!owned_) return;
    text_ = owned_;
    broken_ = strlen(owned_) != size;
    // As in Node, the kernel gets U+FFFD for a lone surrogate.
    if (has_halves(owned_, size)) {
      copy_.assign(owned_, size);
      replace_halves(copy_.data(), size);
      text_ = copy_.c_str();
    }
    return;
  }
  size_t size = 0;
  const uint8_t* bytes = JS_GetUint8Array(js, &size, value);
  if (!bytes) return;
  copy_.assign(reinterpret_cast<const char*>(bytes), size);
  text_ = copy_.c_str();
  broken_ = strlen(text_) != size;
}

Path::~Path() {
  if (owned_) JS_FreeCString(js_, owned_);
}

Text::Text(JSContext* js, JSValueConst value)
    : js_(js), text_(const_cast<char*>(JS_ToCStringLen(js, &size_, value))) {
  if (text_ && has_halves(text_, size_)) replace_halves(text_, size_);
}

Text::~Text() {
  if (text_) JS_FreeCString(js_, text_);
}

int Call::integer(int index) const {
  int32_t result = 0;
  JS_ToInt32(js, &result, values[index]);
  return result;
}

int64_t Call::wide(int index) const {
  int64_t result = 0;
  JS_ToInt64(js, &result, values[index]);
  return result;
}

uint64_t Call::big(int index) const {
  uint64_t result = 0;
  JS_ToBigUint64(js, &result, values[index]);
  return result;
}

double Call::number(int index) const {
  double result = 0;
  JS_ToFloat64(js, &result, values[index]);
  return result;
}

Span Call::bytes_of(JSValueConst value) const {
  Span span;
  span.data = JS_GetUint8Array(js, &span.size, value);
  if (!span.data) span.size = 0;
  return span;
}

JSValue Call::failed(const char* syscall, JSValueConst path, JSValueConst other, int error) const {
  if (JS_HasException(js)) return JS_EXCEPTION;
  JSValue name = JS_NewString(js, syscall);
  if (JS_IsException(name)) return name;
  JSValueConst arguments[] = {JS_NewInt32(js, error), name, path, other};
  JSValue made = JS_Call(js, roots().failure, JS_UNDEFINED, 4, arguments);
  JS_FreeValue(js, name);
  return JS_IsException(made) ? made : JS_Throw(js, made);
}

JSValue Call::refused(const Failure& failure) const {
  JSValue error = JS_NewError(js);
  if (JS_IsException(error)) return error;
  std::string text = text_of(failure);
  JS_DefinePropertyValueStr(js, error, "message", JS_NewStringLen(js, text.data(), text.size()),
                            JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
  JS_SetPropertyStr(js, error, "errno", JS_NewInt32(js, failure.error));
  JS_SetPropertyStr(js, error, "syscall", JS_NewString(js, failure.call));
  return JS_Throw(js, error);
}

JSValue Call::checked(long result, const char* syscall) const {
  if (result < 0) return refused(::failed(syscall));
  return JS_NewInt64(js, result);
}

JSValue guarded(JSContext* js, JSValueConst* values, Verb verb) {
  try {
    return verb({js, values});
  } catch (const std::bad_alloc&) {
    return JS_ThrowOutOfMemory(js);
  } catch (const std::exception& error) {
    return JS_ThrowInternalError(js, "%s", error.what());
  }
}

JSValue refuse_dumping(JSContext* js) {
  return JS_ThrowInternalError(js, "nothing of the machine may be looked at while it is built");
}

JSValue utf8_text(JSContext* js, const char* bytes, size_t size) {
  if (valid_utf8(bytes, size) == size) return JS_NewStringLen(js, bytes, size);
  std::string repaired = repaired_utf8(bytes, size);
  return JS_NewStringLen(js, repaired.data(), repaired.size());
}

JSValue latin1_text(JSContext* js, const char* bytes, size_t size) {
  bool ascii = true;
  for (size_t at = 0; at < size; at++) ascii &= static_cast<uint8_t>(bytes[at]) < 0x80;
  if (ascii) return JS_NewStringLen(js, bytes, size);
  std::vector<uint16_t> units(size);
  for (size_t at = 0; at < size; at++) units[at] = static_cast<uint8_t>(bytes[at]);
  return JS_NewStringUTF16(js, units.data(), size);
}

JSValue numbers(JSContext* js, const double* values, size_t count) {
  JSValue list[MOST_NUMBERS];
  for (size_t at = 0; at < count; at++) list[at] = JS_NewNumber(js, values[at]);
  return JS_NewArrayFrom(js, static_cast<int>(count), list);
}

void set_functions(JSContext* js, JSValueConst object, const Named* list, size_t count) {
  constexpr int MOST_ARGUMENTS = 5;
  for (size_t i = 0; i < count; i++) {
    JSValue made = JS_NewCFunction(js, list[i].function, list[i].name, MOST_ARGUMENTS);
    JS_SetPropertyStr(js, object, list[i].name, made);
  }
}
