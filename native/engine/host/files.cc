// Files by descriptor: HostFiles of node/host.ts.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/fd.h"
#include "groups.h"
#include "value.h"

namespace {

/** Repeats the call after EINTR. */
template <typename Attempt>
auto uninterrupted(Attempt attempt) {
  auto result = attempt();
  while (result < 0 && errno == EINTR) result = attempt();
  return result;
}

JSValue answer(const Call& call, ssize_t count, const char* syscall) {
  if (count < 0) return call.failed(syscall);
  return JS_NewInt64(call.js, count);
}

JSValue open_file(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("open", path);
  int flags = call.integer(1) | O_CLOEXEC;
  auto mode = static_cast<mode_t>(call.integer(2));
  int fd = uninterrupted([&] { return open(path.get(), flags, mode); });
  if (fd < 0) return call.failed("open", path);
  return JS_NewInt32(call.js, fd);
}

JSValue close_file(const Call& call) {
  if (!close_fd(call.integer(0))) return call.failed("close");
  return JS_UNDEFINED;
}

/** The part of a Uint8Array that arguments 2 and 3 name, clamped to it. */
Span part_of(const Call& call) {
  Span bytes = call.bytes(1);
  auto offset = static_cast<size_t>(call.wide(2));
  auto length = static_cast<size_t>(call.wide(3));
  if (offset > bytes.size) offset = bytes.size;
  if (length > bytes.size - offset) length = bytes.size - offset;
  return {bytes.data + offset, length};
}

JSValue read_file(const Call& call) {
  int fd = call.integer(0);
  Span to = part_of(call);
  int64_t position = call.wide(4);
  ssize_t count = uninterrupted([&] {
    return position < 0 ? read(fd, to.data, to.size) : pread(fd, to.data, to.size, position);
  });
  return answer(call, count, "read");
}

JSValue write_file(const Call& call) {
  int fd = call.integer(0);
  Span from = part_of(call);
  int64_t position = call.wide(4);
  ssize_t count = uninterrupted([&] {
    return position < 0 ? write(fd, from.data, from.size)
                        : pwrite(fd, from.data, from.size, position);
  });
  return answer(call, count, "write");
}

JSValue write_text(const Call& call) {
  int fd = call.integer(0);
  Text text(call.js, call.values[1]);
  if (!text.valid()) return JS_EXCEPTION;
  for (size_t done = 0; done < text.size();) {
    ssize_t count =
        uninterrupted([&] { return write(fd, text.data() + done, text.size() - done); });
    if (count < 0) return call.failed("write");
    done += static_cast<size_t>(count);
  }
  return JS_UNDEFINED;
}

/** A file's content. Small files stay in one buffer without an allocation. */
struct Content {
  std::string large = {};
  size_t size = 0;
  int error = 0;
  const char* data() const { return large.empty() ? buffer : large.data(); }

  static constexpr size_t BUFFER = 65536;
  static char buffer[BUFFER];
};

char Content::buffer[BUFFER];

// Files of /proc and /sys have no size: read until the end.
Content content_of(int fd) {
  Content content;
  for (size_t kept = 0;;) {  // in the buffer
    ssize_t count =
        uninterrupted([&] { return read(fd, Content::buffer + kept, Content::BUFFER - kept); });
    if (count < 0) content.error = errno;
    if (count <= 0) return content;
    content.size += static_cast<size_t>(count);
    kept += static_cast<size_t>(count);
    if (content.size < Content::BUFFER) continue;
    content.large.append(Content::buffer, kept);
    kept = 0;
  }
}

/** Passes the content of argument 0, a path or a descriptor, to `make`. */
template <typename Make>
JSValue with_content(const Call& call, Make make) {
  auto made = [&](int fd) {
    Content content = content_of(fd);
    // Node names no path here, even where it was given one.
    if (content.error) return call.failed("read", JS_UNDEFINED, JS_UNDEFINED, content.error);
    return make(content);
  };
  if (JS_IsNumber(call.values[0])) return made(call.integer(0));
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("open", path);
  OwnedFd fd(uninterrupted([&] { return open(path.get(), O_RDONLY | O_CLOEXEC); }));
  if (!fd.ok()) return call.failed("open", path);
  return made(fd.get());
}

JSValue read_all(const Call& call) {
  return with_content(
      call, [&](const Content& content) { return call.copy(content.data(), content.size); });
}

JSValue read_text(const Call& call) {
  bool latin1 = call.truth(1);
  return with_content(call, [&](const Content& content) {
    return latin1 ? latin1_text(call.js, content.data(), content.size)
                  : utf8_text(call.js, content.data(), content.size);
  });
}

JSValue fields_of(const Call& call, const struct stat& found) {
  const double fields[] = {
      static_cast<double>(found.st_mode), static_cast<double>(found.st_dev),
      static_cast<double>(found.st_ino),  static_cast<double>(found.st_nlink),
      static_cast<double>(found.st_size), static_cast<double>(found.st_uid),
      static_cast<double>(found.st_gid),  static_cast<double>(found.st_rdev),
  };
  return numbers(call.js, fields);
}

JSValue stat_path(const Call& call) {
  bool follow = call.truth(1);
  const char* name = follow ? "stat" : "lstat";
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed(name, path);
  struct stat found;
  int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (fstatat(AT_FDCWD, path.get(), &found, flags) == 0) return fields_of(call, found);
  return errno == ENOENT ? JS_UNDEFINED : call.failed(name, path);
}

JSValue stat_fd(const Call& call) {
  struct stat found;
  if (fstat(call.integer(0), &found) < 0) return call.failed("fstat");
  return fields_of(call, found);
}

JSValue change_mode(const Call& call) {
  if (fchmod(call.integer(0), static_cast<mode_t>(call.integer(1))) < 0)
    return call.failed("fchmod");
  return JS_UNDEFINED;
}

JSValue truncate_file(const Call& call) {
  int fd = call.integer(0);
  int64_t length = call.wide(1);
  if (uninterrupted([&] { return ftruncate(fd, length); }) < 0) return call.failed("ftruncate");
  return JS_UNDEFINED;
}

JSValue watch_path(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("watch", path);
  OwnedFd fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.ok()) return call.failed("watch", path);
  if (inotify_add_watch(fd.get(), path.get(), static_cast<uint32_t>(call.integer(1))) < 0)
    return call.failed("watch", path);
  return JS_NewInt32(call.js, fd.release());
}

constexpr Named FILES[] = {
    {"open", bound<open_file>},          {"close", bound<close_file>},
    {"read", bound<read_file>},          {"write", bound<write_file>},
    {"writeText", bound<write_text>},    {"readAll", bound<read_all>},
    {"readText", bound<read_text>},      {"stat", bound<stat_path>},
    {"fstat", bound<stat_fd>},           {"fchmod", bound<change_mode>},
    {"ftruncate", bound<truncate_file>}, {"inotify", bound<watch_path>},
};

}  // namespace

void add_files(JSContext* js, JSValueConst group) { set_functions(js, group, FILES); }
