// UTF-8 as the WHATWG Encoding Standard reads it, and what the engine writes for half characters.
#pragma once
#include <cstddef>
#include <string>

/** Whether a text of the engine's has halves of surrogate pairs: ED A0 to ED BF. */
bool has_halves(const char* text, size_t size);

/** Makes U+FFFD of each half, which is as long: EF BF BD. */
void replace_halves(char* text, size_t size);

/** How many bytes from the beginning are valid UTF-8. */
size_t valid_utf8(const char* text, size_t size);

/** A copy with U+FFFD for each maximal part that is not UTF-8 (Unicode 3.9, table 3-8). */
std::string repaired_utf8(const char* text, size_t size);
