// Conversion between C++ and the engine's values: a call's arguments, result and failure.
#pragma once
extern "C" {
#include "quickjs.h"
}

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/failure.h"
#include "../roots.h"

/** Bytes of a Uint8Array, owned by the engine. */
struct Span {
  uint8_t* data = nullptr;
  size_t size = 0;
};

/** A path for the kernel. NUL inside makes it invalid. */
class Path {
 public:
  Path(JSContext* js, JSValueConst value);
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
  ~Path();
  /** False for a NUL inside, or after an exception. */
  bool valid() const { return text_ != nullptr && !broken_; }
  const char* get() const { return text_; }
  JSValueConst value() const { return value_; }

 private:
  JSContext* js_;
  JSValueConst value_;
  const char* owned_ = nullptr;
  const char* text_ = nullptr;
  std::string copy_ = {};
  bool broken_ = false;
};

/** A string as UTF-8, with U+FFFD for each lone surrogate. */
class Text {
 public:
  Text(JSContext* js, JSValueConst value);
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text();
  /** False after an exception. */
  bool valid() const { return text_ != nullptr; }
  const char* data() const { return text_; }
  size_t size() const { return size_; }
  std::string_view view() const { return {text_, size_}; }

 private:
  JSContext* js_;
  size_t size_ = 0;  // declared before text_, whose initialiser sets it
  char* text_;
};

/** One call from TypeScript; host.ts declares the arguments' types. */
struct Call {
  JSContext* js;
  JSValueConst* values;

  int integer(int index) const;
  int64_t wide(int index) const;
  uint64_t big(int index) const;
  double number(int index) const;
  bool truth(int index) const { return JS_ToBool(js, values[index]) > 0; }
  Span bytes(int index) const { return bytes_of(values[index]); }
  Span bytes_of(JSValueConst value) const;

  /** Throws the error that the hook `failure` makes of errno. `path`, `other`: for its message. */
  JSValue failed(const char* syscall, JSValueConst path = JS_UNDEFINED,
                 JSValueConst other = JS_UNDEFINED, int error = errno) const;
  /** The same for a call on this path: EINVAL where it is not valid. */
  JSValue failed(const char* syscall, const Path& path, int error = errno) const {
    return failed(syscall, path.value(), JS_UNDEFINED, path.valid() ? error : EINVAL);
  }
  /** Throws an Error with `errno` and `syscall`, as the addon does. */
  JSValue refused(const Failure& failure) const;
  /** Undefined, or throws the failure where there is one. */
  JSValue done(const Failure& failure) const { return failure ? refused(failure) : JS_UNDEFINED; }
  /** A number, or the failure for -1. */
  JSValue checked(long result, const char* syscall) const;

  JSValue copy(const void* data, size_t size) const {
    return JS_NewUint8ArrayCopy(js, static_cast<const uint8_t*>(data), size);
  }
};

using Verb = JSValue (*)(const Call&);

/** Calls a verb; std::bad_alloc becomes an error of the engine. */
JSValue guarded(JSContext* js, JSValueConst* values, Verb verb);
JSValue refuse_dumping(JSContext* js);

/** A function for the engine; it throws while the build makes the snapshot. */
template <Verb verb>
JSValue bound(JSContext* js, JSValueConst, int, JSValueConst* values) {
  return dumping() ? refuse_dumping(js) : guarded(js, values, verb);
}

/** The same for a function that reads nothing of the machine: it works in the build, too. */
template <Verb verb>
JSValue always(JSContext* js, JSValueConst, int, JSValueConst* values) {
  return guarded(js, values, verb);
}

/** The bytes as text; U+FFFD for invalid UTF-8. */
JSValue utf8_text(JSContext* js, const char* bytes, size_t size);
/** The bytes as latin1 text. */
JSValue latin1_text(JSContext* js, const char* bytes, size_t size);

constexpr size_t MOST_NUMBERS = 8;

/** An array of at most MOST_NUMBERS. */
JSValue numbers(JSContext* js, const double* values, size_t count);

template <size_t count>
JSValue numbers(JSContext* js, const double (&values)[count]) {
  static_assert(count <= MOST_NUMBERS);
  return numbers(js, values, count);
}

struct Named {
  const char* name;
  JSCFunction* function;
};

/** Sets functions on an object. Missing arguments are undefined. */
void set_functions(JSContext* js, JSValueConst object, const Named* list, size_t count);

template <size_t count>
void set_functions(JSContext* js, JSValueConst object, const Named (&list)[count]) {
  set_functions(js, object, list, count);
}
