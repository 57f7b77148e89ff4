// The clock that the init's records have, too.
#pragma once
#include <time.h>

#include <cstdint>

/** CLOCK_MONOTONIC, nanoseconds. */
inline int64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
