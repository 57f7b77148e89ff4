// The result of a call into the core: 0, or the errno of the named system call. Nothing throws.
#pragma once
#include <cerrno>

struct Failure {
  int error = 0;
  const char* call = "";
  explicit operator bool() const { return error != 0; }
};

inline Failure failed(const char* call, int error = errno) { return {error, call}; }
