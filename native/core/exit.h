// The end of a process that the kernel reaps (CLONE_AUTOREAP): nothing waits for it.
#pragma once
#include <cstdint>

/** Status -1: ended by the signal; signal 0 as well: not known. */
struct ExitStatus {
  int code = -1;
  int signal = 0;
};

/** Of the process behind a pidfd that has hung up: PIDFD_GET_INFO, Linux 6.15. */
ExitStatus exit_status(int pidfd);

/**
 * User and system time of all processes that were in a v2 group, by the descriptor of its
 * directory, in microseconds; 0 when that cannot be read.
 */
int64_t cpu_time_us(int cgroup);
