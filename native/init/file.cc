// Directories, device nodes and links of the new root; writes to files of procfs and of cgroups.
#include "operation.h"

#include <errno.h>
#include <sys/sysmacros.h>

namespace {

Outcome write_text(int directory, const char* path, const char* text, size_t length) {
  Fd file(sys::invoke(__NR_openat, directory, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.ok()) return from(-file.error(), wire::CALL_OPEN);
  long written = sys::invoke(__NR_write, file.get(), text, length);
  if (written >= 0 && (size_t)written != length) written = -EIO;
  return from(written, wire::CALL_WRITE);
}

}  // namespace

bool is_null_device(const struct statx& file) {
  return (file.stx_mode & S_IFMT) == S_IFCHR && file.stx_rdev_major == 1 &&
         file.stx_rdev_minor == 3;
}

// Root inside could change mode and owner of the host's node through /proc/self/fd/0. Its
// replacement must be a null device, too: the root file system may have any file at /dev/null
// (CVE-2026-88265).
Outcome own_null() {
  Fd own;
  for (int fd = 0; fd <= 2; fd++) {
    struct statx stream;
    long looked = sys::invoke(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &stream);
    if (looked == -EBADF) continue;  // already closed by the caller; leave it closed
    if (looked < 0) return from(looked, wire::CALL_STATX);
    if (!is_null_device(stream)) continue;
    if (!own.ok()) {
      own = Fd(sys::invoke(__NR_openat, AT_FDCWD, "/dev/null",
                           O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
      if (!own.ok()) return from(-own.error(), wire::CALL_OPEN);
      looked = sys::invoke(__NR_statx, own.get(), "", AT_EMPTY_PATH, STATX_TYPE, &stream);
      if (looked < 0) return from(looked, wire::CALL_STATX);
      if (!is_null_device(stream)) return {ENODEV, wire::CALL_STATX};
    }
    long copied = sys::invoke(__NR_dup3, own.get(), fd, 0);
    if (copied < 0) return from(copied, wire::CALL_DUP3);
  }
  return done();
}

Outcome do_mkdir(Context& context, const wire::Op& op) { return resolve(context, op).outcome; }

Outcome do_mknod(Context& context, const wire::Op& op) {
  const char* name;
  Resolved parent = resolve_parent(context, op, &name);
  if (bad(parent.outcome)) return parent.outcome;
  unsigned device = (unsigned)((op.n[2] & 0xff) | (op.n[1] << 8) | ((op.n[2] & ~0xffull) << 12));
  return from(sys::invoke(__NR_mknodat, parent.fd.get(), name, op.n[0], device),
              wire::CALL_MKNODAT);
}

Outcome do_symlink(Context& context, const wire::Op& op) {
  const char* name;
  Resolved parent = resolve_parent(context, op, &name);
  if (bad(parent.outcome)) return parent.outcome;
  return from(sys::invoke(__NR_symlinkat, context.text(op.s[1]), parent.fd.get(), name),
              wire::CALL_SYMLINKAT);
}

// Through our own procfs, never through /proc/sys of the root file system.
Outcome do_sysctl(Context& context, const wire::Op& op) {
  Outcome proc = own_proc(context);
  if (bad(proc)) return proc;
  return write_text(context.proc, context.text(op.s[0]), context.text(op.s[1]), op.s[1].length);
}

// "0" is the writer itself: far cheaper than a pid that another process writes to cgroup.procs.
Outcome do_join_cgroup(Context& context, const wire::Op& op) {
  return write_text(AT_FDCWD, context.text(op.s[0]), "0", 1);
}

// After chdir(2) the directory must have a path under our root: one reached through a leaked
// descriptor has none (CVE-2024-21626).
Outcome do_chdir(Context& context, const wire::Op& op) {
  long entered = sys::invoke(__NR_chdir, context.text(op.s[0]));
  if (entered < 0) return from(entered, wire::CALL_CHDIR);
  char name[4096];
  long length = sys::invoke(__NR_getcwd, name, sizeof name);
  if (length < 0) return from(length, wire::CALL_GETCWD);
  return name[0] == '/' ? done() : Outcome{ENOENT, wire::CALL_GETCWD};
}
