// File operations by path: HostFiles of node/host.ts.
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "groups.h"
#include "value.h"

namespace {

JSValue make_directory(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid() || mkdir(path.get(), static_cast<mode_t>(call.integer(1))) < 0)
    return call.failed("mkdir", path);
  return JS_UNDEFINED;
}

/** A system call on one path, without a result. */
template <int (*act)(const char*)>
JSValue on_path(const Call& call, const char* name) {
  Path path(call.js, call.values[0]);
  if (!path.valid() || act(path.get()) < 0) return call.failed(name, path);
  return JS_UNDEFINED;
}

JSValue remove_directory(const Call& call) { return on_path<rmdir>(call, "rmdir"); }
JSValue remove_file(const Call& call) { return on_path<unlink>(call, "unlink"); }

/** The same on two paths. */
template <int (*act)(const char*, const char*)>
JSValue on_paths(const Call& call, const char* name) {
  Path from(call.js, call.values[0]);
  Path to(call.js, call.values[1]);
  if (!from.valid() || !to.valid()) return call.failed(name, from.value(), to.value(), EINVAL);
  if (act(from.get(), to.get()) < 0) return call.failed(name, from.value(), to.value());
  return JS_UNDEFINED;
}

JSValue link_file(const Call& call) { return on_paths<link>(call, "link"); }
JSValue link_name(const Call& call) { return on_paths<symlink>(call, "symlink"); }
JSValue rename_file(const Call& call) { return on_paths<rename>(call, "rename"); }

JSValue read_link(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("readlink", path);
  char target[PATH_MAX];
  ssize_t length = readlink(path.get(), target, sizeof target);
  if (length < 0) return call.failed("readlink", path);
  return call.copy(target, static_cast<size_t>(length));
}

JSValue real_path(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("realpath", path);
  char resolved[PATH_MAX];
  if (!realpath(path.get(), resolved)) return call.failed("realpath", path);
  return call.copy(resolved, strlen(resolved));
}

JSValue may_access(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return JS_HasException(call.js) ? JS_EXCEPTION : JS_NewInt32(call.js, EINVAL);
  int refused = access(path.get(), call.integer(1)) < 0 ? errno : 0;
  return JS_NewInt32(call.js, refused);
}

bool is_dots(const char* name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

struct Entry {
  std::string name;
  uint8_t type;
};

/** Entries in byte order, as libuv's scandir. Returns the errno if it cannot be read. */
int entries_of(DIR* directory, std::vector<Entry>& entries) {
  errno = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread uses this stream
  while (dirent* entry = readdir(directory)) {
    if (!is_dots(entry->d_name)) entries.push_back({entry->d_name, entry->d_type});
    errno = 0;
  }
  int error = errno;
  std::sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) {
    return strcmp(one.name.c_str(), other.name.c_str()) < 0;
  });
  return error;
}

JSValue read_directory(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("scandir", path);
  std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.get()), closedir);
  if (!directory) return call.failed("scandir", path);
  std::vector<Entry> entries;
  if (int error = entries_of(directory.get(), entries)) return call.failed("scandir", path, error);
  JSValue names = JS_NewArray(call.js);
  if (JS_IsException(names)) return names;
  std::vector<uint8_t> types;
  for (const Entry& entry : entries) {
    JSValue name = call.copy(entry.name.data(), entry.name.size());
    auto index = static_cast<uint32_t>(types.size());
    if (JS_SetPropertyUint32(call.js, names, index, name) < 0) {
      JS_FreeValue(call.js, names);
      return JS_EXCEPTION;
    }
    types.push_back(entry.type);
  }
  JSValue found = JS_NewObject(call.js);
  JS_SetPropertyStr(call.js, found, "names", names);
  JS_SetPropertyStr(call.js, found, "types", call.copy(types.data(), types.size()));
  return found;
}

JSValue file_system(const Call& call) {
  Path path(call.js, call.values[0]);
  if (!path.valid()) return call.failed("statfs", path);
  struct statfs found;
  if (statfs(path.get(), &found) < 0) return call.failed("statfs", path);
  const double fields[] = {
      static_cast<double>(found.f_type),   static_cast<double>(found.f_bsize),
      static_cast<double>(found.f_blocks), static_cast<double>(found.f_bfree),
      static_cast<double>(found.f_bavail), static_cast<double>(found.f_files),
      static_cast<double>(found.f_ffree),
  };
  return numbers(call.js, fields);
}

constexpr Named DIRECTORIES[] = {
    {"mkdir", bound<make_directory>}, {"rmdir", bound<remove_directory>},
    {"unlink", bound<remove_file>},   {"link", bound<link_file>},
    {"symlink", bound<link_name>},    {"rename", bound<rename_file>},
    {"readlink", bound<read_link>},   {"realpath", bound<real_path>},
    {"access", bound<may_access>},    {"readdir", bound<read_directory>},
    {"statfs", bound<file_system>},
};

}  // namespace

void add_directories(JSContext* js, JSValueConst group) { set_functions(js, group, DIRECTORIES); }
