#include "utf8.h"

#include <string.h>

#include <algorithm>
#include <cstdint>

namespace {

/** U+FFFD. */
constexpr char REPLACEMENT[] = {'\xef', '\xbf', '\xbd'};

/** A character, or a malformed part to replace. */
struct Sequence {
  size_t size;
  bool valid;
};

struct Bounds {
  size_t size;  // of the character; 0: invalid first byte
  uint8_t low;  // of the second byte
  uint8_t high;
};

// Unicode, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
Bounds bounds_of(uint8_t first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xc2 || first > 0xf4) return {0, 0, 0};
  if (first < 0xe0) return {2, 0x80, 0xbf};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first < 0xf0) return {3, 0x80, 0xbf};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {4, 0x80, 0xbf};
}

Sequence sequence_at(const uint8_t* bytes, size_t left) {
  Bounds bounds = bounds_of(bytes[0]);
  if (bounds.size <= 1) return {1, bounds.size == 1};
  if (left < 2 || bytes[1] < bounds.low || bytes[1] > bounds.high) return {1, false};
  for (size_t at = 2; at < bounds.size; at++)
    if (at >= left || (bytes[at] & 0xc0) != 0x80) return {at, false};
  return {bounds.size, true};
}

size_t ascii_prefix(const uint8_t* bytes, size_t size) {
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    memcpy(&word, bytes + at, sizeof word);
    if (word & 0x8080808080808080) break;
  }
  while (at < size && bytes[at] < 0x80) at++;
  return at;
}

}  // namespace

bool has_halves(const char* text, size_t size) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  for (size_t at = ascii_prefix(bytes, size); at + 1 < size; at++)
    if (bytes[at] == 0xed && bytes[at + 1] >= 0xa0) return true;
  return false;
}

void replace_halves(char* text, size_t size) {
  auto* bytes = reinterpret_cast<uint8_t*>(text);
  for (size_t at = 0; at + 2 < size; at++)
    if (bytes[at] == 0xed && bytes[at + 1] >= 0xa0)
      memcpy(text + at, REPLACEMENT, sizeof REPLACEMENT);
}

size_t valid_utf8(const char* text, size_t size) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  size_t at = ascii_prefix(bytes, size);
  while (at < size) {
    Sequence next = sequence_at(bytes + at, size - at);
    if (!next.valid) break;
    at += next.size;
  }
  return at;
}

std::string repaired_utf8(const char* text, size_t size) {
  std::string result;
  result.reserve(size + 16);
  for (size_t at = 0; at < size;) {
    size_t valid = valid_utf8(text + at, size - at);
    result.append(text + at, valid);
    at += valid;
    if (at == size) break;
    at += sequence_at(reinterpret_cast<const uint8_t*>(text) + at, size - at).size;
    result.append(REPLACEMENT, sizeof REPLACEMENT);
  }
  return result;
}
