// libFuzzer: the whole init, from the first byte of its message to its end. Input: one byte with
// the count of answers, so many answers of the kernel's, and then what the control socket gives.
#include "kernel.h"

extern "C" [[noreturn]] void init_main();

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return -1;
  size_t answers = bytes[0] < size ? bytes[0] : size - 1;
  begin_run(bytes + 1, answers, bytes + 1 + answers, size - 1 - answers);
  try {
    init_main();
  } catch (const InitExit&) {
  }
  end_run();
  return 0;
}
