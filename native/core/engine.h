// The threads behind a host program. The spawner clones: it lives as long as the engine, because
// PR_SET_PDEATHSIG follows the thread that cloned. The poller waits for records, exits and readable
// descriptors, and posts events. The netlink thread sends requests. No method blocks its caller for
// longer than a system call, and none throws.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "clone.h"
#include "event.h"
#include "fd.h"
#include "host.h"
#include "netlink.h"
#include "pump.h"
#include "thread.h"
#include "watcher.h"

class Engine {
 public:
  explicit Engine(Sink& sink) : sink_(sink), netlink_(sink) {}
  ~Engine() { stop(); }
  /** Who waits for records, exits and readable descriptors: a thread, or the caller by `step`. */
  enum class Poller { THREAD, CALLER };
  /** Creates descriptors and threads; on failure none is left. */
  Failure start(Poller poller = Poller::THREAD);
  /** Without a thread: readable when there is something for `step`. */
  int fd() const { return watcher_.fd(); }
  /** Handles what is ready, and posts its events; does not wait. */
  void step();
  /** How long to wait for `fd` at most, in milliseconds; -1: as long as it takes. */
  int longest_wait_ms();
  void stop();

  void spawn(std::unique_ptr<SpawnRequest> request);
  /** Also before the process exists: the bytes wait in its socket. */
  void send(uint32_t id, const uint8_t* bytes, size_t size);
  /** Exit actions: host operations to perform once the process has exited. Ignored after that. */
  void on_exit(uint32_t id, Bytes message);
  /** Posts EVENT_READABLE once, when `fd` is readable. */
  void watch(uint32_t id, int fd);
  /** Posts EVENT_NETLINK. */
  Failure netlink(uint32_t id, Bytes message) { return netlink_.request(id, std::move(message)); }
  /** Posts EVENT_PUMPED when the pump has ended. */
  Failure pump(uint32_t id, const PumpEnds& ends);
  /** Null for an unknown or forgotten id. */
  Pump* pump_of(uint32_t id);
  void forget_pump(uint32_t id);

 private:
  enum class Received { MESSAGE, NOTHING, END };

  void spawner();
  void poller();
  void perform_spawn(const SpawnRequest& request);
  void record_due();
  void drop(Watched* control);
  Received receive(Watched* control);
  void closed(Watched* control, bool ended);
  Watched* control_of(uint32_t id);
  void ended(Watched* process);
  void ended_alone(Watched* process);
  void report_exit(Watched* process, std::unique_ptr<Event> event);
  void perform_exit_actions(uint32_t id);
  void readable(Watched* watched);
  bool flush(Watched* control);
  void unsent(Watched* control, int error);
  void flush_later(uint32_t id);
  void give_up(Watched* control, const Failure& failure);
  void post_failure(uint32_t id, const Failure& failure);
  void handle(std::vector<Ready>& ready);
  void handle_control(Watched* control, uint32_t events);
  void handle_exit(Watched* process);

  Sink& sink_;
  Watcher watcher_;
  OwnedFd timer_;
  std::mutex queue_mutex_;
  std::condition_variable queue_ready_;
  std::deque<std::unique_ptr<SpawnRequest>> queue_;
  bool stopping_ = false;
  bool started_ = false;

  std::mutex controls_mutex_;
  std::map<uint32_t, Watched*> controls_;
  std::map<uint32_t, Bytes> exit_actions_;
  std::vector<uint32_t> due_;   // controls to watch, or to flush, when the timer has run down
  std::vector<Watched*> held_;  // the poller's own: dead, but a tracer has yet to let us reap it
  std::map<uint32_t, std::unique_ptr<Pump>> pumps_;

  Thread spawner_;
  Thread poller_;
  Netlink netlink_;
};
