// One clone3(2) that executes the init.
#pragma once
#include <cstddef>
#include <cstdint>

#include "failure.h"

/** One spawn. Descriptors stay the caller's; -1 is none. */
struct SpawnRequest {
  uint32_t id;
  uint64_t flags;  // of clone3(2): CLONE_NEW*, and those of clone3.h
  int stdio[3];
  int extra;
  int cgroup;           // v2 directory, for CLONE_INTO_CGROUP
  int detached_cgroup;  // the same, for the watcher to use
  int join_pid;         // PID namespace to spawn into
  bool batched;         // the init's records may arrive late, with its exit
  int control;          // the init's end of the conversation: the engine's own
};

/**
 * Copies the init into a sealed memfd: it cannot be written to, not even through /proc/PID/exe.
 * Later calls do nothing. Any thread.
 */
Failure seal_init(const uint8_t* image, size_t size);

struct Spawned {
  int pid = -1;
  int pidfd = -1;
  Failure failure = {};
};

/** The request's `control` becomes descriptor 3 of the init. On failure no process is left. */
Spawned clone_init(const SpawnRequest& request);
