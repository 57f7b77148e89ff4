// An allocator with size classes and a free list for each. The engine requests arenas of 4 KB and
// blocks larger than 512 bytes; it divides arenas itself.
#include "heap.h"

#include <string.h>
#include <sys/mman.h>

#include <algorithm>

namespace {

struct Block {
  uint64_t size;   // of the payload
  uint64_t index;  // of its size class; LARGE: a separate mapping
};

constexpr uint64_t LARGE = UINT64_MAX;
constexpr size_t LARGEST_CLASS = 256 << 10;
constexpr size_t CHUNK = 1 << 20;
constexpr size_t HEADER = (sizeof(HeapHeader) + 15) & ~size_t{15};

constexpr size_t HUGE_PAGE = 2 << 20;

char* region = nullptr;

// Outside the region: the rest of the last chunk.
char* chunk = nullptr;
size_t chunk_left = 0;

/** Four classes for each power of two from 64 bytes on: at most a quarter is wasted. */
int class_of(size_t size, size_t& rounded) {
  int shift = 6;
  while ((size_t{1} << (shift + 1)) < size) shift++;
  size_t base = size_t{1} << shift;
  size_t step = base / 4;
  size_t steps = size <= base ? 0 : (size - base + step - 1) / step;
  rounded = base + steps * step;
  return (shift - 6) * 4 + static_cast<int>(steps);
}

void* map(size_t size) {
  void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return got == MAP_FAILED ? nullptr : got;
}

/** Memory that was never used, so it is zeroed. */
char* carve(size_t size) {
  HeapHeader& header = heap_header();
  if (HEAP_REGION_SIZE - header.used >= size) {
    char* result = region + header.used;
    header.used += size;
    return result;
  }
  if (chunk_left < size) {
    void* fresh = map(std::max(CHUNK, size));
    if (!fresh) return nullptr;
    chunk = static_cast<char*>(fresh);
    chunk_left = std::max(CHUNK, size);
  }
  char* result = chunk;
  chunk += size;
  chunk_left -= size;
  return result;
}

Block* block_of(void* data) { return static_cast<Block*>(data) - 1; }

void* allocate(size_t size, bool zeroed) {
  if (size > LARGEST_CLASS && !dumping()) {
    if (size > SIZE_MAX / 2) return nullptr;
    auto* block = static_cast<Block*>(map(size + sizeof(Block)));
    if (!block) return nullptr;
    *block = {size, LARGE};
    return block + 1;
  }
  size_t rounded = 0;
  int index = class_of(size, rounded);
  void*& free_list = heap_header().free_blocks[index];
  if (free_list) {
    void* data = free_list;
    memcpy(&free_list, data, sizeof free_list);
    if (zeroed || dumping()) memset(data, 0, rounded);
    return data;
  }
  auto* block = reinterpret_cast<Block*>(carve(rounded + sizeof(Block)));
  if (!block) return nullptr;
  *block = {rounded, static_cast<uint64_t>(index)};
  return block + 1;
}

void* heap_malloc(void*, size_t size) { return allocate(size, false); }

void* heap_calloc(void*, size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  return allocate(bytes, true);
}

void heap_free(void*, void* data) {
  if (!data) return;
  Block* block = block_of(data);
  if (block->index == LARGE) {
    munmap(block, block->size + sizeof(Block));
    return;
  }
  // Old contents in a snapshot would differ from build to build.
  if (dumping()) memset(data, 0, block->size);
  void*& free_list = heap_header().free_blocks[block->index];
  memcpy(data, &free_list, sizeof free_list);
  free_list = data;
}

void* heap_realloc(void* opaque, void* data, size_t size) {
  if (!data) return heap_malloc(opaque, size);
  if (size == 0) {
    heap_free(opaque, data);
    return nullptr;
  }
  size_t before = block_of(data)->size;
  if (size <= before) return data;
  void* moved = heap_malloc(opaque, size);
  if (!moved) return nullptr;
  memcpy(moved, data, std::min(before, size));
  heap_free(opaque, data);
  return moved;
}

size_t heap_usable_size(const void* data) {
  return data ? (static_cast<const Block*>(data) - 1)->size : 0;
}

}  // namespace

bool reserve_heap(size_t apart) {
  // The kernel's own alignment moves image and heap by a huge page, in a few of a hundred runs.
  void* got = map(HEAP_REGION_SIZE + (apart * 4 + 1) * HUGE_PAGE);
  if (!got) return false;
  auto address = reinterpret_cast<uintptr_t>(got);
  region = reinterpret_cast<char*>((address + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
  // Two page faults instead of seven hundred: 0.3 ms instead of 1.1. Fails without harm on a kernel
  // without huge pages.
  madvise(region, HEAP_REGION_SIZE, MADV_HUGEPAGE);
  js_heap_base = region;
  heap_header().used = HEADER;
  return true;
}

char* heap_base() { return region; }

bool left_region() { return chunk != nullptr; }

HeapHeader& heap_header() { return *reinterpret_cast<HeapHeader*>(region); }

Roots& roots() { return heap_header().roots; }

const JSMallocFunctions heap_functions = {heap_calloc, heap_malloc, heap_free, heap_realloc,
                                          heap_usable_size};
