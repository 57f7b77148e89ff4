// In place of engine/heap/heap.cc under AddressSanitizer: each block is one of malloc(3). There is
// no snapshot.
#include "../engine/heap/heap.h"

#include <malloc.h>
#include <stdlib.h>

namespace {

HeapHeader header = {};

void* heap_calloc(void*, size_t count, size_t size) { return calloc(count, size); }
void* heap_malloc(void*, size_t size) { return malloc(size); }
void heap_free(void*, void* data) { free(data); }
void* heap_realloc(void*, void* data, size_t size) { return realloc(data, size); }

}  // namespace

bool reserve_heap(size_t) { return true; }
char* heap_base() { return reinterpret_cast<char*>(&header); }
bool left_region() { return true; }
HeapHeader& heap_header() { return header; }
Roots& roots() { return header.roots; }

const JSMallocFunctions heap_functions = {
    heap_calloc, heap_malloc, heap_free, heap_realloc,
    [](const void* data) { return malloc_usable_size(const_cast<void*>(data)); },
};
