// One request at a time, each on its own socket, so that answers cannot be confused.
#include "netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "fd.h"

namespace {

/** The kernel answers at once; RTNL may be held while namespaces are taken down. */
constexpr timeval LONGEST_ANSWER = {10, 0};
constexpr size_t PART = 65536;
/** How often to try again, PAUSE apart, when the kernel has no buffer for us. */
constexpr int LONGEST_SHORTAGE = 100;
constexpr timespec PAUSE = {0, 10'000'000};

// Calls `visit` for each message that is whole.
template <typename Visit>
void each_message(const uint8_t* bytes, size_t size, Visit visit) {
  for (size_t at = 0; size - at >= sizeof(nlmsghdr);) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(bytes + at);
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > size - at) return;
    visit(*header);
    size_t length = NLMSG_ALIGN(static_cast<size_t>(header->nlmsg_len));
    if (length > size - at) return;
    at += length;
  }
}

bool is_shortage(int error) { return error == ENOBUFS || error == ENOMEM; }

Failure send_whole(int fd, const std::vector<uint8_t>& message) {
  for (int attempt = 0;;) {
    if (send(fd, message.data(), message.size(), 0) >= 0) return {};
    if (errno == EINTR) continue;
    if (!is_shortage(errno) || ++attempt == LONGEST_SHORTAGE) return failed("sendto");
    nanosleep(&PAUSE, nullptr);
  }
}

Failure collect(int fd, size_t expected, std::vector<uint8_t>& answer) {
  std::vector<uint8_t> part(PART);
  while (expected) {
    ssize_t got = recv(fd, part.data(), part.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("recvfrom", errno == EAGAIN ? ETIMEDOUT : errno);
    auto size = static_cast<size_t>(got);
    size_t ended = netlink_ends(part.data(), size);
    expected -= ended < expected ? ended : expected;
    answer.insert(answer.end(), part.begin(), part.begin() + got);
  }
  return {};
}

}  // namespace

size_t netlink_count(const uint8_t* bytes, size_t size) {
  size_t count = 0;
  each_message(bytes, size, [&](const nlmsghdr&) { count++; });
  return count;
}

size_t netlink_ends(const uint8_t* bytes, size_t size) {
  size_t count = 0;
  each_message(bytes, size, [&](const nlmsghdr& header) {
    if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) count++;
  });
  return count;
}

NetlinkAnswer netlink_exchange(const std::vector<uint8_t>& message) {
  NetlinkAnswer answer;
  OwnedFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.ok()) return {failed("socket"), {}};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &LONGEST_ANSWER, sizeof LONGEST_ANSWER) < 0)
    return {failed("setsockopt SO_RCVTIMEO"), {}};
  int on = 1;
  // Extended acknowledgements: without them an error has no text but its errno.
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  if (Failure refused = send_whole(fd.get(), message)) return {refused, {}};
  answer.failure = collect(fd.get(), netlink_count(message.data(), message.size()), answer.bytes);
  return answer;
}

Failure Netlink::request(uint32_t id, std::vector<uint8_t> message) {
  std::lock_guard lock(mutex_);
  if (!running_) {
    Failure refused = thread_.start([this] { serve(); });
    if (refused) return refused;
    running_ = true;
  }
  queue_.push_back({id, std::move(message)});
  ready_.notify_one();
  return {};
}

void Netlink::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_one();
  thread_.join();
}

void Netlink::serve() {
  for (;;) {
    Request request;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      request = std::move(queue_.front());
      queue_.pop_front();
    }
    NetlinkAnswer answer = netlink_exchange(request.message);
    auto event = std::make_unique<Event>();
    event->kind = wire::EVENT_NETLINK;
    event->id = request.id;
    event->failure = answer.failure;
    event->bytes = std::move(answer.bytes);
    sink_.post(std::move(event));
  }
}
