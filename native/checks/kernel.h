// A kernel that only records, for the init compiled as a hosted program: it takes the place of
// native/init/sys.cc at link time. What it answers comes from the fuzzer's input.
#pragma once
#include <cstddef>
#include <cstdint>

/** What ends the init. */
struct InitExit {
  int code;
};

/** The input of one run: what the control socket gives, and how system calls end. */
void begin_run(const uint8_t* answers, size_t answer_count, const uint8_t* socket,
               size_t socket_size);
/** Frees what the run has mapped. */
void end_run();
