// Events of the core, and the sink that receives them.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "../wire/event.h"
#include "failure.h"

/** Owns its descriptors until they are taken out of it. */
struct Event {
  wire::EventKind kind = wire::EVENT_SPAWNED;
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
