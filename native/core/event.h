// What the core tells its host program, and where it tells it.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "failure.h"

/** Owns its descriptors until they are taken out of it. */
struct Event {
  // The numbers are known to runtime/native/addon.ts.
  enum Kind {
    BORN = 0,      // a: pid or -errno, b: pidfd; `failure` names the call
    RESULTS = 1,   // bytes: wire::Result records; descriptors that came with them
    CLOSED = 2,    // the init said its last word; a: its process has ended, too
    EXIT = 3,      // a: exit status or -1, b: signal, c: CPU time in µs, d: largest RSS in KiB
    READABLE = 4,  // a watched descriptor is readable
    FAILED = 5,    // `failure`: talking with the init failed; CLOSED follows
    NETLINK = 6,   // bytes: the answers, or `failure`
    PUMPED = 7,    // a terminal's pump has ended; a: 1 when our output was closed
  } kind = BORN;
  uint32_t id = 0;
  int64_t a = 0;
  int64_t b = 0;
  int64_t c = 0;
  int64_t d = 0;
  Failure failure = {};
  std::vector<uint8_t> bytes = {};
  std::vector<int> descriptors = {};

  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    for (int fd : descriptors) close(fd);
  }
};

/** Where events go. Called from the core's threads; must neither block nor throw. */
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void post(std::unique_ptr<Event> event) = 0;
};
