// The result of a call into the core: 0, or the errno of the named system call. Nothing throws.
#pragma once
#include <cerrno>
#include <string>
#include <system_error>

struct Failure {
  int error = 0;
  const char* call = "";
  explicit operator bool() const { return error != 0; }
};

/** For people: the call, and what its errno means. */
inline std::string text_of(const Failure& failure) {
  return std::string(failure.call) + ": " + std::generic_category().message(failure.error);
}

inline Failure failed(const char* call, int error = errno) { return {error, call}; }
