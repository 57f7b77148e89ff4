// How a verb of the core ended: 0, or the errno of the system call named. Nothing here throws.
#pragma once
#include <cerrno>

struct Failure {
  int error = 0;
  const char* call = "";
  explicit operator bool() const { return error != 0; }
};

inline Failure failed(const char* call, int error = errno) { return {error, call}; }
