// libFuzzer: the check of a message. What it calls sound must be so: every text is read to its end.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../init/message.h"

namespace {

void read_texts(const uint8_t* message) {
  const auto* header = reinterpret_cast<const wire::Header*>(message);
  const auto* ops = reinterpret_cast<const wire::Op*>(message + sizeof *header);
  volatile size_t length = 0;
  for (uint32_t i = 0; i < header->op_count; i++) {
    if (ops[i].kind != wire::OP_EXECVE) continue;
    for (int list = 0; list < 3; list++) {
      const char* at = reinterpret_cast<const char*>(message) + ops[i].s[list].offset;
      for (uint64_t count = ops[i].n[list + 1]; count; count--) {
        length = length + strlen(at);
        at += strlen(at) + 1;
      }
      if (at - reinterpret_cast<const char*>(message) !=
          ops[i].s[list].offset + (long)ops[i].s[list].length)
        abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // A copy of exactly this size: aligned as a mapping is, and nothing readable behind it.
  std::vector<uint8_t> message(bytes, bytes + size);
  sound(message.data(), (uint32_t)size, Purpose::COMMAND);
  if (sound(message.data(), (uint32_t)size, Purpose::PLAN)) read_texts(message.data());
  return 0;
}
