// The data in the executable.
#pragma once
#include <cstddef>
#include <cstdint>

struct Payload {
  const uint8_t* data;
  size_t size;
};

/** The command's bytecode. */
Payload bytecode();
/** The container's first process: native/init. */
Payload init_image();
