// The memory of the TypeScript side. It begins with one region at a fixed place of the executable's
// image, so that a snapshot of that is the heap of the next start; more comes from the kernel.
#pragma once
extern "C" {
#include "quickjs.h"
}

#include "roots.h"

/** What attach.ts adds to a snapshot. Zero in an executable without one. */
struct Attached {
  uint64_t slots;  // distance from the image's beginning to the bitmap of pointers
  uint64_t sum;    // over snapshot and bitmap, this field taken as zero
};

/** What lies at the beginning of the region. */
struct HeapHeader {
  Attached attached;
  Roots roots;
  const JSSnapshot* maps;
  uint64_t used;  // bytes of the region that were ever handed out, this header included
  static constexpr int CLASSES = 96;
  void* free_blocks[CLASSES];
};

constexpr size_t HEAP_REGION_SIZE = 8 << 20;
extern char heap_region[HEAP_REGION_SIZE];

HeapHeader& heap_header();

/** Leaves the region alone from now on, and begins anew beyond it. */
void leave_region();

/** Whether blocks lie beyond the region. */
bool left_region();

/** For JS_NewRuntime2. Blocks have 16-byte alignment. */
extern const JSMallocFunctions heap_functions;
