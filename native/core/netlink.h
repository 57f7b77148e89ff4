// rtnetlink requests on a separate thread: each waits for its acknowledgements, and the kernel may
// hold its lock (RTNL) for long.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "event.h"
#include "thread.h"

/** The kernel's answers, in the order of the messages, or why there are none. */
struct NetlinkAnswer {
  Failure failure = {};
  std::vector<uint8_t> bytes = {};
};

/**
 * Sends messages on a socket of its own and collects an acknowledgement for each, or a dump.
 * Blocks its caller, for at most a few seconds.
 */
NetlinkAnswer netlink_exchange(const std::vector<uint8_t>& message);

/** The count of messages that ask for an answer; they are read as far as they are well-formed. */
size_t netlink_count(const uint8_t* bytes, size_t size);
/** Of what the kernel sent: the count of messages that end an answer. */
size_t netlink_ends(const uint8_t* bytes, size_t size);

class Netlink {
 public:
  explicit Netlink(Sink& sink) : sink_(sink) {}
  /** Posts EVENT_NETLINK for this id. Fails when the thread cannot be created. */
  Failure request(uint32_t id, std::vector<uint8_t> message);
  /** Requests that are still queued are dropped. */
  void stop();

 private:
  struct Request {
    uint32_t id;
    std::vector<uint8_t> message;
  };
  void serve();

  Sink& sink_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Request> queue_;
  bool running_ = false;
  bool stopping_ = false;
  Thread thread_;
};
