// Paths inside the new root: resolved by openat2(2) with RESOLVE_IN_ROOT, so that no link or `..`
// leads out of it.
#include "operation.h"

#include <errno.h>

namespace {

constexpr int MAX_PATH = 4096;

long openat2(int directory, const char* path, uint64_t flags, uint64_t mode,
             uint64_t resolve_flags) {
  open_how how = {flags | O_CLOEXEC, mode, resolve_flags};
  long fd;
  // EAGAIN: a rename raced with the resolution; openat2(2) asks to retry.
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

constexpr int MAX_LINKS = 40;  // path_resolution(7)

bool is_last(const char* rest) {
  while (*rest == '/') rest++;
  return !*rest;
}

// Replaces a dangling link in `path` (from `start` to `end`) by its target, so that the kernel
// resolves the result as it resolves the link.
Outcome follow(int parent, char (&path)[MAX_PATH], int start, int end) {
  char name[256];
  if (end - start >= (int)sizeof name) return {ENAMETOOLONG, wire::CALL_OPENAT2};
  memcpy(name, path + start, (size_t)(end - start));
  name[end - start] = 0;
  char to[MAX_PATH];
  long length = sys::invoke(__NR_readlinkat, parent, name, to, sizeof to);
  if (length < 0) return from(length, wire::CALL_READLINKAT);
  int keep = to[0] == '/' ? 0 : start;
  int rest = 0;
  while (path[end + rest]) rest++;
  if (keep + length + rest >= MAX_PATH) return {ENAMETOOLONG, wire::CALL_OPENAT2};
  char tail[MAX_PATH];
  memcpy(tail, path + end, (size_t)rest + 1);
  memcpy(path + keep + length, tail, (size_t)rest + 1);
  memcpy(path + keep, to, (size_t)length);
  return done();
}

Outcome make(int parent, const char* name, bool directory) {
  long made = directory ? sys::invoke(__NR_mkdirat, parent, name, 0755)
                        : sys::invoke(__NR_openat, parent, name,
                                      O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
  if (made >= 0 && !directory) sys::close((int)made);
  return from(made == -EEXIST ? 0 : made, wire::CALL_MKDIRAT);
}

// Creates the missing components of `wanted` in turn, each inside its open parent. The target of a
// dangling link is created where a process with this root would see it.
Outcome create(Context& context, const char* wanted, uint64_t resolve_flags,
               bool last_is_directory) {
  char path[MAX_PATH];
  int length = 0;
  for (; wanted[length]; length++) {
    if (length >= MAX_PATH - 1) return {ENAMETOOLONG, wire::CALL_OPENAT2};
    path[length] = wanted[length];
  }
  path[length] = 0;
  Fd parent(open_in_root(context, "/", O_PATH | O_DIRECTORY, resolve_flags));
  int links = 0;
  for (int end = 0;;) {
    if (!parent.ok()) return from(-parent.error(), wire::CALL_OPENAT2);
    if (is_last(path + end)) return done();
    int start = end;
    while (path[start] == '/') start++;
    end = start;
    while (path[end] && path[end] != '/') end++;
    const char after = path[end];
    path[end] = 0;  // the existing part
    long next = open_in_root(context, path, O_PATH, resolve_flags);
    if (next == -ENOENT) {
      bool directory = !after || is_last(path + end + 1) ? last_is_directory : true;
      Outcome made = make(parent.get(), path + start, directory);
      if (bad(made)) return made;
      next = open_in_root(context, path, O_PATH, resolve_flags);
    }
    path[end] = after;
    if (next == -ENOENT) {  // a dangling link
      if (++links > MAX_LINKS) return {ELOOP, wire::CALL_OPENAT2};
      Outcome followed = follow(parent.get(), path, start, end);
      // EINVAL: it was replaced and is no longer a link: retry.
      if (bad(followed) && followed.error != EINVAL) return followed;
      next = open_in_root(context, "/", O_PATH | O_DIRECTORY, resolve_flags);
      end = 0;
    }
    parent.reset((int)next);
  }
}

// Errors that make an optional target absent.
bool cannot_be_made(int error) {
  return error == EROFS || error == ENOTDIR || error == ELOOP || error == EACCES ||
         error == EPERM || error == ENOSPC || error == EDQUOT || error == ENAMETOOLONG;
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
  bool like_source = op.flags & wire::TARGET_CREATE_LIKE_SOURCE;
  bool directory = op.flags & wire::TARGET_CREATE_DIRECTORY || (like_source && source_is_directory);
  bool makes = directory || like_source || op.flags & wire::TARGET_CREATE_FILE;
  bool optional = op.flags & wire::TARGET_OPTIONAL;
  long fd = open_in_root(context, path, O_PATH, restrictions(op));
  if (fd == -ENOENT && makes) {
    Outcome made = create(context, path, restrictions(op), directory);
    if (bad(made) && optional && cannot_be_made(made.error)) return {Fd(), done(), true};
    if (bad(made)) return {Fd(), made};
    fd = open_in_root(context, path, O_PATH, restrictions(op));
  }
  if (optional && (makes ? fd < 0 && cannot_be_made((int)-fd) : fd == -ENOENT))
    return {Fd(), done(), true};
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
