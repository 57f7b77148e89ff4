// Small system calls that Node has no function for: terminals, process descriptors, one request on a netlink socket.
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "engine.h"

namespace {

/** An Error with `errno` and `syscall`, as Node's own have. */
Napi::Error system_error(Napi::Env env, const char* call, int error) {
  Napi::Error result = Napi::Error::New(env, std::string(call) + ": " + strerror(error));
  result.Set("errno", Napi::Number::New(env, error));
  result.Set("syscall", Napi::String::New(env, call));
  return result;
}

int number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Int32Value();
}

Napi::Value checked(const Napi::CallbackInfo& info, long result, const char* call) {
  if (result < 0) throw system_error(info.Env(), call, errno);
  return Napi::Number::New(info.Env(), static_cast<double>(result));
}

Napi::Value pidfd_open(const Napi::CallbackInfo& info) {
  return checked(info, syscall(SYS_pidfd_open, number(info, 0), 0), "pidfd_open");
}

Napi::Value pidfd_send_signal(const Napi::CallbackInfo& info) {
  return checked(info, syscall(SYS_pidfd_send_signal, number(info, 0), number(info, 1), nullptr, 0),
                 "pidfd_send_signal");
}

Napi::Value event_fd(const Napi::CallbackInfo& info) {
  return checked(info, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

Napi::Value set_window_size(const Napi::CallbackInfo& info) {
  winsize size = {};
  size.ws_col = static_cast<unsigned short>(number(info, 1));
  size.ws_row = static_cast<unsigned short>(number(info, 2));
  return checked(info, ioctl(number(info, 0), TIOCSWINSZ, &size), "ioctl TIOCSWINSZ");
}

// A pair in the caller's own devpts: [master, slave]. For terminals outside of containers.
Napi::Value open_pty(const Napi::CallbackInfo& info) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) throw system_error(info.Env(), "posix_openpt", errno);
  int slave = unlockpt(master) < 0 ? -1 : ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) {
    int error = errno;
    close(master);
    throw system_error(info.Env(), "ioctl TIOCGPTPEER", error);
  }
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair[0u] = master;
  pair[1u] = slave;
  return pair;
}

/** Sends messages on a netlink socket of its own, off the main thread, and collects the answers. */
class NetlinkRequest : public Napi::AsyncWorker {
 public:
  NetlinkRequest(Napi::Env env, std::vector<uint8_t> message, int netns)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        message_(std::move(message)),
        netns_(netns) {}
  ~NetlinkRequest() override {
    if (netns_ >= 0) close(netns_);
  }
  Napi::Promise promise() { return deferred_.Promise(); }

  void Execute() override {
    if (netns_ >= 0 && !enter()) return;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (own_ >= 0) {
      setns(own_, CLONE_NEWNET);
      close(own_);
    }
    if (fd < 0) return fail("socket", errno);
    int on = 1;
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    if (send(fd, message_.data(), message_.size(), 0) < 0) fail("sendto", errno);
    else collect(fd);
    close(fd);
  }

  void OnOK() override {
    if (error_) return deferred_.Reject(system_error(Env(), call_, error_).Value());
    deferred_.Resolve(Napi::Buffer<uint8_t>::Copy(Env(), answer_.data(), answer_.size()));
  }

 private:
  void fail(const char* call, int error) {
    call_ = call;
    error_ = error;
  }

  bool enter() {
    own_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own_ >= 0 && setns(netns_, CLONE_NEWNET) == 0) return true;
    fail("setns", errno);
    if (own_ >= 0) close(own_);
    return false;
  }

  // Every message asks for an acknowledgement, or for a dump, which ends with NLMSG_DONE.
  void collect(int fd) {
    size_t expected = 0;
    for (size_t at = 0; at + sizeof(nlmsghdr) <= message_.size();) {
      const auto* header = reinterpret_cast<const nlmsghdr*>(message_.data() + at);
      if (header->nlmsg_len < sizeof(nlmsghdr)) break;
      expected++;
      at += NLMSG_ALIGN(header->nlmsg_len);
    }
    std::vector<uint8_t> part(65536);
    while (expected) {
      ssize_t got = recv(fd, part.data(), part.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail("recvfrom", errno);
      for (size_t at = 0; at + sizeof(nlmsghdr) <= static_cast<size_t>(got);) {
        const auto* header = reinterpret_cast<const nlmsghdr*>(part.data() + at);
        if (header->nlmsg_len < sizeof(nlmsghdr)) break;
        if ((header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) && expected)
          expected--;
        at += NLMSG_ALIGN(header->nlmsg_len);
      }
      answer_.insert(answer_.end(), part.begin(), part.begin() + got);
    }
  }

  Napi::Promise::Deferred deferred_;
  std::vector<uint8_t> message_;
  std::vector<uint8_t> answer_;
  int netns_;
  int own_ = -1;
  const char* call_ = "";
  int error_ = 0;
};

// netlink(messages, netns fd or -1) → the answers, as the kernel sent them.
Napi::Value netlink(const Napi::CallbackInfo& info) {
  auto message = info[0].As<Napi::Uint8Array>();
  int netns = number(info, 1);
  // A copy: the caller may close its own before we have run.
  int copy = netns < 0 ? -1 : fcntl(netns, F_DUPFD_CLOEXEC, 0);
  if (netns >= 0 && copy < 0) throw system_error(info.Env(), "fcntl", errno);
  auto* request = new NetlinkRequest(
      info.Env(), std::vector<uint8_t>(message.Data(), message.Data() + message.ByteLength()),
      copy);
  Napi::Promise promise = request->promise();
  request->Queue();
  return promise;
}

}  // namespace

void export_system(Napi::Env env, Napi::Object exports) {
  exports.Set("pidfdOpen", Napi::Function::New(env, pidfd_open));
  exports.Set("pidfdSendSignal", Napi::Function::New(env, pidfd_send_signal));
  exports.Set("eventfd", Napi::Function::New(env, event_fd));
  exports.Set("setWindowSize", Napi::Function::New(env, set_window_size));
  exports.Set("openPty", Napi::Function::New(env, open_pty));
  exports.Set("netlink", Napi::Function::New(env, netlink));
}
