// The memory of the TypeScript side. It begins with one region at a fixed place of the executable's
// image, so that a snapshot of that is the heap of the next start; more comes from the kernel.
#pragma once
extern "C" {
#include "quickjs.h"
}

#include "roots.h"

/** What lies at the beginning of the region. */
struct HeapHeader {
  Roots roots;
  uint64_t used;  // bytes of the region that were ever handed out, this header included
  static constexpr int CLASSES = 96;
  void* free_blocks[CLASSES];
};

constexpr size_t HEAP_REGION_SIZE = 8 << 20;
extern char heap_region[HEAP_REGION_SIZE];

HeapHeader& heap_header();

/** For JS_NewRuntime2. Blocks have 16-byte alignment. */
extern const JSMallocFunctions heap_functions;
