#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "../../core/fd.h"
#include "heap.h"
#include "../callback.h"
#include "../runtime.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

extern "C" const char __ehdr_start[] __attribute__((visibility("hidden")));

namespace {

bool making = false;

constexpr size_t WORD = sizeof(uint64_t);
/** Heap words per bitmap word. */
constexpr size_t GROUP = 64;
constexpr char HINT[] = "copy or build it again, and compare its sha256";
constexpr char DAMAGED[] = "this executable is damaged: its checksum is wrong";

/** attach.ts finds this by its mark and fills in the rest. Sizes in bytes. */
struct Attached {
  uint64_t mark[2];
  uint64_t place;  // of the segment: its offset from the image's start
  uint64_t size;   // of the segment
  uint64_t heap;   // size of the heap's words
  uint64_t sum;    // checksum of the segment
};

volatile const Attached attached = {{0x6e53206d75697261, 0x746f6873706172ff}, 0, 0, 0, 0};

uint64_t image() { return reinterpret_cast<uint64_t>(__ehdr_start); }

/**
 * Sums of lanes, and sums of these sums after each group: they also differ where groups are in
 * another order.
 */
class Sum {
 public:
  /** Adds the words of one group, and copies them. */
  void add(const uint64_t* words, uint64_t* copy) {
    for (size_t at = 0; at < GROUP; at += LANES) {
      Lanes next;
      memcpy(&next, words + at, sizeof next);
      memcpy(copy + at, &next, sizeof next);
      low_ += next;
    }
    high_ += low_;
  }
  /** Adds an incomplete group, padded with zeros. */
  void add_part(const uint64_t* words, size_t count, uint64_t* copy) {
    uint64_t whole[GROUP] = {};
    memcpy(whole, words, count * WORD);
    add(whole, whole);
    memcpy(copy, whole, count * WORD);
  }
  void add_all(const uint64_t* words, size_t count) {
    uint64_t unused[GROUP];
    for (; count >= GROUP; words += GROUP, count -= GROUP) add(words, unused);
    if (count > 0) add_part(words, count, unused);
  }
  uint64_t get() const {
    uint64_t result = 0;
    for (size_t lane = 0; lane < LANES; lane++)
      result = mixed(mixed(result ^ low_[lane]) ^ high_[lane]);
    return result;
  }

 private:
  // A multiplication alone leaves the highest bits where they are: the change of a lane's two sums
  // would come out even.
  static uint64_t mixed(uint64_t value) {
    value *= 0x9e3779b97f4a7c15;
    return value ^ (value >> 32);
  }

  static constexpr size_t LANES = 8;
  using Lanes = uint64_t __attribute__((vector_size(LANES * WORD)));
  Lanes low_ = {};
  Lanes high_ = {};
};

/** The segment's three parts. */
struct Segment {
  const uint64_t* words;
  size_t count;
  const uint64_t* bitmap;
  const uint64_t* to_image;  // indices of words
  size_t to_image_count;
};

Segment segment() {
  const uint64_t place = attached.place;
  const size_t count = attached.heap / WORD;
  const size_t groups = (count + GROUP - 1) / GROUP;
  const size_t all = attached.size / WORD;
  if (count > HEAP_REGION_SIZE / WORD || all < count + groups) give_up(DAMAGED, HINT);
  const auto* words = reinterpret_cast<const uint64_t*>(image() + place);
  const uint64_t* bitmap = words + count;
  return {words, count, bitmap, bitmap + groups, all - count - groups};
}

/** Copies the words and adds the heap's address to those that are pointers into it. */
void copy_heap(const Segment& from, Sum& sum) {
  auto* to = reinterpret_cast<uint64_t*>(heap_base());
  const auto base = reinterpret_cast<uint64_t>(heap_base());
  for (size_t at = 0; at < from.count; at += GROUP) {
    if (from.count - at >= GROUP) sum.add(from.words + at, to + at);
    else sum.add_part(from.words + at, from.count - at, to + at);
    for (uint64_t left = from.bitmap[at / GROUP]; left; left &= left - 1)
      to[at + static_cast<size_t>(__builtin_ctzll(left))] += base;
  }
}

void link_image(const Segment& from) {
  auto* to = reinterpret_cast<uint64_t*>(heap_base());
  for (size_t at = 0; at < from.to_image_count; at++) {
    if (from.to_image[at] >= from.count) give_up(DAMAGED, HINT);
    to[from.to_image[at]] += image();
  }
}

// SIGBUS: the mapping extends beyond the end of a truncated file.
void no_pages(int) { give_up("this executable is damaged: its end is missing", HINT); }

bool write_all(int fd, const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  for (size_t done = 0; done < size;) {
    ssize_t count = write(fd, bytes + done, size - done);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace

bool dumping() { return making; }

bool has_snapshot() { return attached.place != 0; }

void restore_snapshot() {
  struct sigaction before;
  struct sigaction action = {};
  action.sa_handler = no_pages;
  if (sigaction(SIGBUS, &action, &before) < 0) give_up_for("sigaction", errno);
  const Segment from = segment();
  // Prefaults all pages in one call; before Linux 5.14 this fails and they fault one by one.
  madvise(const_cast<uint64_t*>(from.words), attached.size, MADV_POPULATE_READ);
  Sum sum;
  copy_heap(from, sum);
  sum.add_all(from.bitmap, attached.size / WORD - from.count);
  if (sum.get() != attached.sum) give_up(DAMAGED, HINT);
  link_image(from);
  // Not needed any more; unmapped, its pages do not count as the process's memory.
  munmap(const_cast<uint64_t*>(from.words), attached.size);
  if (sigaction(SIGBUS, &before, nullptr) < 0) give_up_for("sigaction", errno);
  set_seed(heap_header().maps);
  set_limits();
}

void dump_snapshot(const char* path, size_t apart) {
  if (!reserve_heap(apart)) give_up_without_memory();
  making = true;
  js_clear_freed = true;
  start_from_bytecode();
  HeapHeader& header = heap_header();
  header.maps = JS_PrepareSnapshot(roots().context);
  if (!header.maps || left_region()) give_up("the heap does not fit into its region");
  const uint64_t about[] = {image(), reinterpret_cast<uint64_t>(heap_base())};
  OwnedFd file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.ok() || !write_all(file.get(), about, sizeof about) ||
      !write_all(file.get(), heap_base(), header.used))
    give_up_for(path, errno);
  _exit(0);
}
