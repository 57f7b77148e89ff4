// Creates, limits, reads and removes cgroups from outside.
#include "host.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace {

HostOutcome refused(wire::Call call) { return {errno, call}; }

/**
 * Repeats a call that a signal interrupted: any signal aborts the setting of a memory limit
 * (mm/memcontrol-v1.c), and we run on Node's main thread.
 */
template <typename Call>
auto uninterrupted(Call call) {
  for (;;) {
    auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/**
 * Keeps the last file or directory open: device rules are many writes to one file.
 */
class Opened {
 public:
  ~Opened() { drop(); }
  /** -1 with errno. */
  int open(const char* path, int flags) {
    if (fd_ >= 0 && flags == flags_ && path_ == path) return fd_;
    drop();
    path_ = path;
    flags_ = flags;
    return fd_ = uninterrupted([&] { return ::open(path, flags | O_CLOEXEC); });
  }
  void drop() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  std::string path_;
  int flags_ = 0;
  int fd_ = -1;
};

/** A file of limits by device (io.max) has a line for each; any other file has one line. */
bool has_line(std::string_view text, std::string_view line) {
  for (;;) {
    size_t end = text.find('\n');
    if (text.substr(0, end) == line) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

class HostExecutor {
 public:
  explicit HostExecutor(const uint8_t* message) : message_(message) {}

  HostOutcome perform(const wire::Op& op) {
    switch (op.kind) {
      case wire::HOST_MKCGROUP:
        return uninterrupted([&] { return mkdir(path(op), 0777); }) < 0 ? refused(wire::CALL_MKDIR)
                                                                        : HostOutcome{};
      case wire::HOST_WRITE: return write_file(op);
      case wire::HOST_BPF_DEVICES: return attach(op);
      case wire::HOST_RMCGROUP:
        opened_.drop();
        return uninterrupted([&] { return rmdir(path(op)); }) < 0 ? refused(wire::CALL_RMDIR)
                                                                  : HostOutcome{};
      case wire::HOST_COUNT: return count(op);
      default: return {ENOSYS, wire::CALL_NONE};
    }
  }

 private:
  std::string_view text(const wire::Text& text) const {
    return {reinterpret_cast<const char*>(message_) + text.offset, text.length};
  }
  /** Texts are followed by a NUL. */
  const char* path(const wire::Op& op) const { return text(op.s[0]).data(); }

  // Without O_CREAT, so that a file that is missing is ENOENT; one write(2): the kernel takes a
  // value as a whole or refuses it.
  HostOutcome write_file(const wire::Op& op) {
    int fd = opened_.open(path(op), op.n[0] ? O_RDWR : O_WRONLY);
    if (fd < 0) return refused(wire::CALL_OPEN);
    std::string_view value = text(op.s[1]);
    if (uninterrupted([&] { return write(fd, value.data(), value.size()); }) < 0)
      return refused(wire::CALL_WRITE);
    if (!op.n[0]) return {};
    char buffer[4096];
    ssize_t got = uninterrupted([&] { return pread(fd, buffer, sizeof buffer, 0); });
    if (got < 0) return refused(wire::CALL_READ);
    std::string_view kept(buffer, static_cast<size_t>(got));
    while (kept.ends_with('\n')) kept.remove_suffix(1);
    if (has_line(kept, text(op.s[2]))) return {};
    return {EINVAL, wire::CALL_READ_BACK};
  }

  HostOutcome attach(const wire::Op& op) {
    int directory = opened_.open(path(op), O_RDONLY | O_DIRECTORY);
    if (directory < 0) return refused(wire::CALL_OPEN);
    std::string_view program = text(op.s[1]);
    return attach_device_program(directory, program.data(), program.size());
  }

  HostOutcome count(const wire::Op& op) {
    int fd = opened_.open(path(op), O_RDONLY);
    if (fd < 0) return refused(wire::CALL_OPEN);
    char buffer[4096];
    ssize_t got = uninterrupted([&] { return pread(fd, buffer, sizeof buffer - 1, 0); });
    if (got < 0) return refused(wire::CALL_READ);
    buffer[got] = '\0';
    std::string line = std::string(text(op.s[1])) + ' ';
    for (const char* at = buffer; at && *at; at = strchr(at, '\n')) {
      if (*at == '\n') at++;
      if (!strncmp(at, line.c_str(), line.size()))
        return {0, wire::CALL_NONE, static_cast<uint32_t>(strtoul(at + line.size(), nullptr, 10))};
    }
    return {};
  }

  const uint8_t* message_;
  Opened opened_;
};

}  // namespace

void perform_host(const uint8_t* message, Range range, uint32_t mark, AfterFailure after,
                  Bytes& results) {
  auto* header = reinterpret_cast<const wire::Header*>(message);
  auto* ops = reinterpret_cast<const wire::Op*>(header + 1);
  HostExecutor executor(message);
  for (uint32_t index = range.from; index < range.to && index < header->op_count; index++) {
    wire::Result result = {};
    result.index = mark | index;
    result.start_ns = static_cast<uint64_t>(monotonic_ns());
    HostOutcome outcome = executor.perform(ops[index]);
    result.end_ns = static_cast<uint64_t>(monotonic_ns());
    result.error = outcome.error;
    result.call = outcome.call;
    result.extra = outcome.extra;
    auto* bytes = reinterpret_cast<const uint8_t*>(&result);
    results.insert(results.end(), bytes, bytes + sizeof result);
    if (outcome.error && after == AfterFailure::STOP) return;
  }
}
