// Paths inside the new root: resolved by openat2(2) with RESOLVE_IN_ROOT, so that no link or `..` leads out of it.
#include "operation.h"

#include <errno.h>

namespace {

constexpr int MAX_PATH = 4096;

long openat2(int directory, const char* path, uint64_t flags, uint64_t mode,
             uint64_t resolve_flags) {
  open_how how = {flags | O_CLOEXEC, mode, resolve_flags};
  long fd;
  // EAGAIN: something was renamed on the way, and the kernel could not be sure; it says to try again.
  for (int tries = 0; tries < 64; tries++) {
    fd = sys::invoke(__NR_openat2, directory, path, &how, sizeof how);
    if (fd != -EAGAIN) break;
  }
  return fd;
}

uint64_t restrictions(const wire::Op& op) {
  uint64_t resolve_flags = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return op.flags & wire::TARGET_NOFOLLOW ? resolve_flags | RESOLVE_NO_SYMLINKS : resolve_flags;
}

// Makes the missing part of `path`, one component after another, each inside its opened parent.
Outcome create(Context& context, const char* path, uint64_t resolve_flags, bool last_is_directory) {
  char prefix[MAX_PATH];
  int end = 0;
  Fd parent(open_in_root(context, "/", O_PATH | O_DIRECTORY, resolve_flags));
  if (!parent.ok()) return from(-parent.error(), wire::CALL_OPENAT2);
  while (path[end]) {
    int start = end;
    while (path[start] == '/') start++;
    if (!path[start]) break;
    end = start;
    while (path[end] && path[end] != '/') end++;
    if (end >= MAX_PATH) return {ENAMETOOLONG, wire::CALL_OPENAT2};
    memcpy(prefix, path, (size_t)end);
    prefix[end] = 0;
    long next = open_in_root(context, prefix, O_PATH, resolve_flags);
    if (next == -ENOENT) {
      bool last = true;
      for (int rest = end; path[rest]; rest++)
        if (path[rest] != '/') last = false;
      const char* name = prefix + start;
      long made;
      if (!last || last_is_directory) {
        made = sys::invoke(__NR_mkdirat, parent.get(), name, 0755);
      } else {
        made = sys::invoke(__NR_openat, parent.get(), name,
                           O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
        if (made >= 0) sys::close((int)made);
      }
      if (made < 0 && made != -EEXIST) return from(made, wire::CALL_MKDIRAT);
      next = open_in_root(context, prefix, O_PATH, resolve_flags);
    }
    if (next < 0) return from(next, wire::CALL_OPENAT2);
    parent.reset((int)next);
  }
  return done();
}

}  // namespace

long open_in_root(Context& context, const char* path, uint64_t flags, uint64_t resolve_flags) {
  if (context.root < 0) {
    context.root = (int)sys::invoke(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (context.root < 0) return context.root;
  }
  return openat2(context.root, path, flags, 0, resolve_flags);
}

Resolved resolve(Context& context, const wire::Op& op, bool source_is_directory) {
  const char* path = context.text(op.s[0]);
  long fd = open_in_root(context, path, O_PATH, restrictions(op));
  if (fd == -ENOENT) {
    bool like_source = op.flags & wire::TARGET_CREATE_LIKE_SOURCE;
    bool directory =
        op.flags & wire::TARGET_CREATE_DIRECTORY || (like_source && source_is_directory);
    if (directory || like_source || op.flags & wire::TARGET_CREATE_FILE) {
      Outcome made = create(context, path, restrictions(op), directory);
      if (bad(made)) return {Fd(), made};
      fd = open_in_root(context, path, O_PATH, restrictions(op));
    } else if (op.flags & wire::TARGET_OPTIONAL) {
      return {Fd(), done(), true};
    }
  }
  if (fd < 0) return {Fd(), from(fd, wire::CALL_OPENAT2)};
  return {Fd(fd), done()};
}

Resolved resolve_parent(Context& context, const wire::Op& op, const char** name) {
  const char* path = context.text(op.s[0]);
  char parent[MAX_PATH];
  int slash = 0;
  int length = 0;
  for (; path[length]; length++) {
    if (length >= MAX_PATH - 1) return {Fd(), {ENAMETOOLONG, wire::CALL_OPENAT2}};
    if (path[length] == '/') slash = length;
    parent[length] = path[length];
  }
  parent[slash] = 0;
  *name = path + slash + (path[slash] == '/' ? 1 : 0);
  long fd = open_in_root(context, slash ? parent : "/", O_PATH | O_DIRECTORY, restrictions(op));
  if (fd < 0) return {Fd(), from(fd, wire::CALL_OPENAT2)};
  return {Fd(fd), done()};
}
