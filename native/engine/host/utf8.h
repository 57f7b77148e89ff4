// UTF-8 decoding by the WHATWG Encoding Standard, and the engine's encoding of lone surrogates.
#pragma once
#include <cstddef>
#include <string>

/** Whether a text from the engine has encoded surrogates: ED A0 to ED BF. */
bool has_halves(const char* text, size_t size);

/** Replaces each surrogate by U+FFFD, which is as long: EF BF BD. */
void replace_halves(char* text, size_t size);

/** Length of the longest valid UTF-8 prefix, in bytes. */
size_t valid_utf8(const char* text, size_t size);

/** A copy with U+FFFD for each maximal part that is not UTF-8 (Unicode 3.9, table 3-8). */
std::string repaired_utf8(const char* text, size_t size);
