// The memory of the TypeScript side. One region of huge pages holds the snapshot and has as much
// room again. More comes from the kernel, piece by piece.
#pragma once
extern "C" {
#include "quickjs.h"
}

#include "../roots.h"

/** The beginning of the region. */
struct HeapHeader {
  Roots roots;
  const JSSnapshot* maps;
  uint64_t used;  // bytes of the region ever allocated, including this header
  static constexpr int CLASSES = 96;
  void* free_blocks[CLASSES];
};

constexpr size_t HEAP_REGION_SIZE = 4 << 20;

/**
 * Maps the zeroed region at an address chosen by the kernel. False without memory.
 * Runs with another `apart` have another distance between the region and the image.
 */
bool reserve_heap(size_t apart);

/** The region's first byte. */
char* heap_base();

HeapHeader& heap_header();

/** Whether blocks lie beyond the region, while the snapshot is made. */
bool left_region();

/** For JS_NewRuntime2. Blocks have 16-byte alignment. */
extern const JSMallocFunctions heap_functions;
