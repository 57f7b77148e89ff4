// Sends fixed-size results to the runtime, in batches, over the control socket.
#include "operation.h"

#include <errno.h>
#include <sys/socket.h>  // msghdr and SCM_RIGHTS only

namespace {

constexpr int BATCH = 64;
wire::Result results[BATCH];
int pending = 0;

}  // namespace

void flush(Context& context) {
  if (!pending) return;
  size_t size = sizeof(wire::Result) * (size_t)pending;
  iovec data = {results, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (context.terminal >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = (cmsghdr*)control;
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &context.terminal, sizeof(int));
  }
  pending = 0;
  long sent = sys::invoke(__NR_sendmsg, wire::CONTROL_FD, &message, MSG_NOSIGNAL);
  // A blocking stream socket takes all bytes, unless the runtime exits.
  if (sent >= 0 && (size_t)sent != size) sent = -EPIPE;
  if (sent < 0) sys::exit(wire::EXIT_UNSENT + (int)(-sent & 0x7f));
  if (context.terminal >= 0) {
    sys::close(context.terminal);
    context.terminal = -1;
  }
}

void record(Context& context, uint32_t index, const Outcome& outcome, uint64_t start, uint64_t end,
            uint32_t extra) {
  results[pending++] = {index, outcome.error, outcome.call, extra, start, end};
  if (pending == BATCH || outcome.error || context.terminal >= 0) flush(context);
}

void fail(Context& context, const Outcome& outcome) {
  uint64_t now = sys::now_ns();
  record(context, wire::RESULT_INIT, outcome, now, now);
  sys::exit(wire::EXIT_REFUSED);
}
