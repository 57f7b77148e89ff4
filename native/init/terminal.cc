// Sessions and terminals. The pair is created on the container's devpts; none of it is looked up by
// name there.
#include "operation.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/vfs.h>  // struct statfs only

namespace {

constexpr unsigned TTY_GROUP = 5;

struct Winsize {
  unsigned short rows, columns, x, y;
};

// /dev/console is the container's terminal: the file is made in the tmpfs that is /dev, the slave
// is bound there by descriptor.
Outcome bind_console(Context& context, int slave) {
  Fd dev(
      open_in_root(context, "/dev", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
  if (!dev.ok()) return from(-dev.error(), wire::CALL_OPENAT2);
  long made = sys::invoke(__NR_mknodat, dev.get(), "console", 0100600, 0);
  if (made < 0) return from(made, wire::CALL_MKNODAT);
  Fd console(sys::invoke(__NR_openat, dev.get(), "console", O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!console.ok()) return from(-console.error(), wire::CALL_OPEN);
  Fd tree(
      sys::invoke(__NR_open_tree, slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.ok()) return from(-tree.error(), wire::CALL_OPEN_TREE);
  return attach(tree.get(), console.get());
}

}  // namespace

Outcome do_setsid(Context&, const wire::Op&) {
  return from(sys::invoke(__NR_setsid), wire::CALL_SETSID);
}

Outcome do_pty(Context& context, const wire::Op& op) {
  Fd master(open_in_root(context, "/dev/pts/ptmx", O_RDWR | O_NOCTTY,
                         RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
  if (!master.ok()) return from(-master.error(), wire::CALL_OPENAT2);
  struct statfs filesystem;
  long looked = sys::invoke(__NR_fstatfs, master.get(), &filesystem);
  if (looked < 0) return from(looked, wire::CALL_FSTATFS);
  if (filesystem.f_type != DEVPTS_SUPER_MAGIC) return {ENODEV, wire::CALL_STATX};
  int locked = 0;
  long unlocked = sys::invoke(__NR_ioctl, master.get(), TIOCSPTLCK, &locked);
  if (unlocked < 0) return from(unlocked, wire::CALL_IOCTL);
  Fd slave(sys::invoke(__NR_ioctl, master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.ok()) return from(-slave.error(), wire::CALL_IOCTL);
  Winsize size = {(unsigned short)op.n[1], (unsigned short)op.n[0], 0, 0};
  long sized = sys::invoke(__NR_ioctl, slave.get(), TIOCSWINSZ, &size);
  if (sized < 0) return from(sized, wire::CALL_IOCTL);
  long owned = sys::invoke(__NR_fchown, slave.get(), op.n[2], TTY_GROUP);
  if (owned < 0) return from(owned, wire::CALL_FCHOWN);
  if (op.n[3]) {
    Outcome bound = bind_console(context, slave.get());
    if (bad(bound)) return bound;
  }
  long controlling = sys::invoke(__NR_ioctl, slave.get(), TIOCSCTTY, 0);
  if (controlling < 0) return from(controlling, wire::CALL_IOCTL);
  for (int fd = 0; fd <= 2; fd++) {
    long copied = sys::invoke(__NR_dup3, slave.get(), fd, 0);
    if (copied < 0) return from(copied, wire::CALL_DUP3);
  }
  context.terminal = master.release();
  return done();
}
