// What this kernel has of what newer ones offer.
#pragma once
#include <cstdint>

/**
 * Bits of wire::Feature, found out by calls that fail in any case: some microseconds, once a
 * process. Also true of a kernel that has them by a backport. None below a seccomp filter.
 */
uint32_t kernel_features();
