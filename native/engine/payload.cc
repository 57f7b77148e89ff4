// The bytecode and the init, included by the assembler.
#include "payload.h"

#define INCLUDE(name, file)                                                                  \
  asm(".section .rodata\n.balign 16\n.global " #name "_begin\n.global " #name "_end\n" #name \
      "_begin:\n.incbin \"" file "\"\n" #name "_end:\n.balign 1\n.text\n");                  \
  extern const uint8_t name##_begin[];                                                       \
  extern const uint8_t name##_end[]

extern "C" {
INCLUDE(terrarium_bytecode, BYTECODE_FILE);
INCLUDE(terrarium_init, INIT_FILE);
}

Payload bytecode() {
  return {terrarium_bytecode_begin,
          static_cast<size_t>(terrarium_bytecode_end - terrarium_bytecode_begin)};
}

Payload init_image() {
  return {terrarium_init_begin, static_cast<size_t>(terrarium_init_end - terrarium_init_begin)};
}
