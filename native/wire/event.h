// The kinds of event that the addon hands to JavaScript: native/core/event.h posts them.
// Written in the same part of C++ as protocol.h.
#pragma once
#include <stdint.h>

namespace wire {

enum EventKind : uint32_t {
  EVENT_SPAWNED,   // a: pid or -errno, b: pidfd; the failure names the call
  EVENT_RESULTS,   // bytes: Result records; descriptors that came with them
  EVENT_CLOSED,    // the init said its last word; a: its process has ended, too
  EVENT_EXIT,      // a: exit status or -1, b: signal, c: CPU time in µs, d: largest RSS in KiB
  EVENT_READABLE,  // a watched descriptor is readable
  EVENT_FAILED,    // sending to the init failed; EVENT_CLOSED follows
  EVENT_NETLINK,   // bytes: the answers, or a failure
  EVENT_PUMPED,    // a terminal's pump has ended; a: 1 when our output was closed
};

}  // namespace wire
