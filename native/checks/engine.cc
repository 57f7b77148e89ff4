// The core's threads without Node, to be run under ThreadSanitizer: many spawns at once, sent to by
// several threads, watched until they exit. usage: engine INIT [SPAWNS]
#include "../core/engine.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "../wire/protocol.h"

namespace {

constexpr int SENDERS = 3;
constexpr int LAST_OF_CHILD = 6;
constexpr uint32_t EVENTFDS = 200;
constexpr uint32_t REQUESTS = 200;

/** Counts the events. */
class Counts : public Sink {
 public:
  void post(std::unique_ptr<Event> event) override {
    std::lock_guard lock(mutex_);
    // Ours to close, and watched by the engine until its exit.
    if (event->kind == wire::EVENT_SPAWNED && event->a > 0) pidfds_[event->id] = (int)event->b;
    // By a raw call: TSan did not see clone3(2) open it, and would report that.
    if (event->kind == wire::EVENT_EXIT) syscall(SYS_close, pidfds_[event->id]);
    counts_[event->kind]++;
    if (event->kind == wire::EVENT_EXIT && event->a != 127) wrong_++;
    if (event->kind == wire::EVENT_SPAWNED && event->a < 0) refuse(*event);
    changed_.notify_all();
  }
  bool wait_for(wire::EventKind kind, uint32_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(120),
                             [&] { return counts_[kind] >= count; });
  }
  uint32_t of(wire::EventKind kind) {
    std::lock_guard lock(mutex_);
    return counts_[kind];
  }
  uint32_t wrong() {
    std::lock_guard lock(mutex_);
    return wrong_;
  }

 private:
  void refuse(const Event& event) {
    if (wrong_++ == 0)
      fprintf(stderr, "%s: %s\n", event.failure.call, strerror(event.failure.error));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, uint32_t> counts_;
  std::map<uint32_t, int> pidfds_;
  uint32_t wrong_ = 0;
};

Bytes read_file(const char* path) {
  Bytes bytes;
  FILE* file = fopen(path, "rb");
  if (!file) return bytes;
  uint8_t part[65536];
  for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;)
    bytes.insert(bytes.end(), part, part + got);
  fclose(file);
  return bytes;
}

// A plan of two steps: wait for the release, then execute what is not there (127).
Bytes encode_plan() {
  const char candidate[] = "/nowhere/program";
  size_t texts = sizeof(wire::Header) + 2 * sizeof(wire::Op);
  Bytes message(texts + 48);
  wire::Op ops[2] = {};
  ops[0].kind = wire::OP_AWAIT;
  ops[0].n[0] = wire::AWAIT_START;
  ops[1].kind = wire::OP_EXECVE;
  ops[1].n[1] = 1;
  ops[1].s[0] = {(uint32_t)texts, sizeof candidate};
  ops[1].s[1] = ops[1].s[2] = {(uint32_t)texts + 40, 0};
  wire::Header header = {wire::MAGIC, (uint32_t)message.size(), 2, 0, 0, 0, {}};
  memcpy(message.data(), &header, sizeof header);
  memcpy(message.data() + sizeof header, ops, sizeof ops);
  memcpy(message.data() + texts, candidate, sizeof candidate);
  return message;
}

// RTM_GETLINK of the loopback: one message, one answer.
Bytes encode_request() {
  struct {
    uint32_t length;
    uint16_t type, flags;
    uint32_t sequence, port;
    uint8_t family[16];
  } request = {32, 18, 1 | 4, 1, 0, {}};
  request.family[4] = 1;
  const auto* at = reinterpret_cast<const uint8_t*>(&request);
  return Bytes(at, at + sizeof request);
}

void spawn_all(Engine& engine, uint32_t count, int null) {
  for (uint32_t id = 1; id <= count; id++) {
    auto request = std::make_unique<SpawnRequest>(
        SpawnRequest{id, 0, {null, null, null}, -1, -1, -1, -1, id % 2 == 0, -1});
    engine.spawn(std::move(request));
  }
}

// Several threads release different children at once, in pieces, as a host program may.
void release_all(Engine& engine, uint32_t count) {
  const Bytes plan = encode_plan();
  std::vector<std::thread> senders;
  for (uint32_t sender = 0; sender < SENDERS; sender++) {
    senders.emplace_back([&, sender] {
      const uint8_t start = wire::AWAIT_START;
      for (uint32_t id = 1 + sender; id <= count; id += SENDERS) {
        engine.send(id, plan.data(), 50);
        engine.send(id, plan.data() + 50, plan.size() - 50);
        engine.send(id, &start, 1);
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
}

}  // namespace

int main(int count, char** arguments) {
  uint32_t spawns = count > 2 ? (uint32_t)atoi(arguments[2]) : 1000;
  Bytes image = read_file(count > 1 ? arguments[1] : "");
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  // TSan takes what the clone's child does with its descriptors, 0 to 6, for our own.
  while (null >= 0 && null < LAST_OF_CHILD) null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || image.empty() || seal_init(image.data(), image.size())) return 2;
  Counts counts;
  {
    Engine engine(counts);
    if (engine.start()) return 2;
    std::thread spawner([&] { spawn_all(engine, spawns, null); });
    std::vector<OwnedFd> readable;
    for (uint32_t at = 0; at < EVENTFDS; at++) {
      readable.emplace_back(eventfd(1, EFD_CLOEXEC));
      engine.watch(spawns + 1 + at, readable.back().get());
    }
    for (uint32_t at = 0; at < REQUESTS; at++) engine.netlink(at, encode_request());
    spawner.join();
    release_all(engine, spawns);
    counts.wait_for(wire::EVENT_EXIT, spawns);
    counts.wait_for(wire::EVENT_READABLE, EVENTFDS);
    counts.wait_for(wire::EVENT_NETLINK, REQUESTS);
  }
  bool complete =
      counts.of(wire::EVENT_EXIT) == spawns && counts.of(wire::EVENT_SPAWNED) == spawns &&
      counts.of(wire::EVENT_CLOSED) == spawns && counts.of(wire::EVENT_READABLE) == EVENTFDS &&
      counts.of(wire::EVENT_NETLINK) == REQUESTS && counts.wrong() == 0;
  printf("%u spawns: cloned %u, closed %u, exited %u; readable %u, answered %u, wrong %u\n", spawns,
         counts.of(wire::EVENT_SPAWNED), counts.of(wire::EVENT_CLOSED), counts.of(wire::EVENT_EXIT),
         counts.of(wire::EVENT_READABLE), counts.of(wire::EVENT_NETLINK), counts.wrong());
  return complete ? 0 : 1;
}
