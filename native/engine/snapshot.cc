#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "../core/fd.h"
#include "heap.h"
#include "callback.h"
#include "runtime.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

extern "C" const char __ehdr_start[] __attribute__((visibility("hidden")));

namespace {

bool making = false;

constexpr size_t WORD = sizeof(uint64_t);
constexpr size_t WORDS_A_SLOT_WORD = 64;
constexpr char DAMAGED[] = "this executable is damaged: its checksum is wrong";

uint64_t image() { return reinterpret_cast<uint64_t>(__ehdr_start); }

size_t slot_words(size_t used) { return (used / WORD + WORDS_A_SLOT_WORD - 1) / WORDS_A_SLOT_WORD; }

/** Four Fletcher sums side by side. */
class Sum {
 public:
  void add(const uint64_t* words, size_t count) {
    size_t at = 0;
    for (; at + LANES <= count; at += LANES)
      for (size_t lane = 0; lane < LANES; lane++) step(lane, words[at + lane]);
    for (; at < count; at++) step(0, words[at]);
  }
  uint64_t get() const {
    uint64_t result = 0;
    for (size_t lane = 0; lane < LANES; lane++)
      result = (result ^ low_[lane]) * 0x9e3779b97f4a7c15 + high_[lane];
    return result;
  }

 private:
  static constexpr size_t LANES = 4;
  void step(size_t lane, uint64_t word) {
    low_[lane] += word;
    high_[lane] += low_[lane];
  }
  uint64_t low_[LANES] = {};
  uint64_t high_[LANES] = {};
};

uint64_t* words() { return reinterpret_cast<uint64_t*>(heap_region); }

void check_sum(const uint64_t* slots) {
  HeapHeader& header = heap_header();
  const uint64_t expected = header.attached.sum;
  header.attached.sum = 0;
  Sum sum;
  sum.add(words(), header.used / WORD);
  sum.add(slots, slot_words(header.used));
  if (sum.get() != expected) give_up(DAMAGED);
}

void relocate(const uint64_t* slots, size_t used) {
  const uint64_t base = image();
  const size_t count = slot_words(used);
  for (size_t at = 0; at < count; at++) {
    uint64_t* group = words() + at * WORDS_A_SLOT_WORD;
    for (uint64_t left = slots[at]; left; left &= left - 1) group[__builtin_ctzll(left)] += base;
  }
}

// A cut file has no pages to read.
void no_pages(int) { give_up("this executable is damaged: its end is missing"); }

bool write_all(int fd, const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  for (size_t done = 0; done < size;) {
    ssize_t count = write(fd, bytes + done, size - done);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) done += static_cast<size_t>(count);
  }
  return true;
}

uint64_t seed() {
  uint64_t result = 0;
  if (getrandom(&result, sizeof result, 0) != sizeof result) give_up("getrandom failed");
  return result;
}

}  // namespace

bool dumping() { return making; }

bool has_snapshot() { return heap_header().attached.slots != 0; }

void restore_snapshot() {
  struct sigaction before;
  struct sigaction action = {};
  action.sa_handler = no_pages;
  sigaction(SIGBUS, &action, &before);
  HeapHeader& header = heap_header();
  if (header.used > HEAP_REGION_SIZE) give_up(DAMAGED);
  // One call instead of a fault for each page. Before Linux 5.14 EINVAL: then they fault.
  madvise(heap_region, header.used, MADV_POPULATE_WRITE);
  const auto* slots = reinterpret_cast<const uint64_t*>(image() + header.attached.slots);
  check_sum(slots);
  relocate(slots, header.used);
  sigaction(SIGBUS, &before, nullptr);
  JS_SetSeed(roots().context, seed(), header.maps);
  set_limits();
}

void dump_snapshot(const char* path) {
  making = true;
  js_clear_freed = true;
  start_from_bytecode();
  HeapHeader& header = heap_header();
  header.maps = JS_PrepareSnapshot(roots().context);
  if (!header.maps || left_region()) give_up("the heap does not fit into its region");
  const uint64_t place = reinterpret_cast<uint64_t>(heap_region) - image();
  const uint64_t about[] = {image(), place, HEAP_REGION_SIZE, header.used};
  OwnedFd file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.ok() || !write_all(file.get(), about, sizeof about) ||
      !write_all(file.get(), heap_region, header.used))
    give_up(strerror(errno));
  _exit(0);
}
