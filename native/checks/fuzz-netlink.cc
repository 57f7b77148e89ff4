// libFuzzer: the parser of the kernel's answers on a netlink socket.
#include <cstdlib>
#include <vector>

#include "../core/netlink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::vector<uint8_t> answer(bytes, bytes + size);
  // Each that ends an answer is a message, and a message has 16 bytes at least.
  size_t messages = netlink_count(answer.data(), size);
  if (netlink_ends(answer.data(), size) > messages || messages > size / 16) abort();
  return 0;
}
