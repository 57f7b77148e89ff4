// Mounts, by descriptor: every file system and every copy of a tree is made detached and then
// attached to an opened target.
#include "operation.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/mount.h>  // MS_* and MNT_DETACH only; nothing is linked from libc
#include <sys/sysmacros.h>

namespace {

#ifndef OPEN_TREE_NAMESPACE  // before Linux 7.0
#define OPEN_TREE_NAMESPACE 2
#endif

// Sets attributes and propagation (0: as it is) of a detached tree. Linux before 5.12 has no
// mount_setattr(2): there a classic remount sets attributes after attaching.
Outcome set_attributes(int tree, uint64_t attributes, uint64_t propagation, bool recursive) {
  mount_attr attr = {attributes, 0, propagation, 0};
  // Do not clear atime flags on cloned trees: set only the requested attributes.
  long result = sys::invoke(__NR_mount_setattr, tree, "",
                            AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
  return from(result, wire::CALL_MOUNT_SETATTR);
}

bool is_proc(const char* type) {
  const char proc[] = "proc";
  for (unsigned at = 0; at < sizeof proc; at++)
    if (type[at] != proc[at]) return false;
  return true;
}

long clone_tree(int directory, const char* path, unsigned flags) {
  return sys::invoke(__NR_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

// Attaches a copy, with attributes by mount_setattr(2) or a remount. A copy of the host's shared
// mounts is shared with them until it is made private.
Outcome attach_with(Context& context, int tree, int target, uint64_t attributes, bool recursive) {
  bool classic = false;
  if (attributes || context.detached) {
    uint64_t propagation = context.detached ? MS_PRIVATE : 0;
    Outcome set = set_attributes(tree, attributes, propagation, recursive);
    classic = set.error == ENOSYS;
    if (bad(set) && !classic) return set;
  }
  Outcome attached = attach(tree, target);
  if (bad(attached) || !classic) return attached;
  return recursive ? remount_all(context, tree, attributes) : remount(tree, attributes);
}

// A new file system that is attached nowhere; `options` is a list of `count` texts, each
// `key=value` or `flag`.
Outcome new_filesystem(const char* type, const char* options, uint64_t count, uint64_t attributes,
                       Fd& result) {
  Fd context(sys::invoke(__NR_fsopen, type, FSOPEN_CLOEXEC));
  if (!context.ok()) return from(-context.error(), wire::CALL_FSOPEN);
  for (; count; count--) {
    char key[64];
    int length = 0;
    while (options[length] && options[length] != '=' && length < 63) {
      key[length] = options[length];
      length++;
    }
    if (options[length] && options[length] != '=') return {EINVAL, wire::CALL_FSCONFIG};
    key[length] = 0;
    const char* value = options[length] == '=' ? options + length + 1 : nullptr;
    long set = sys::invoke(__NR_fsconfig, context.get(),
                           value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
    if (set < 0) return from(set, wire::CALL_FSCONFIG);
    while (*options) options++;
    options++;
  }
  sys::invoke(__NR_fsconfig, context.get(), FSCONFIG_SET_STRING, "source", type,
              0);  // only a name, for /proc/mounts
  long created = sys::invoke(__NR_fsconfig, context.get(), FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (created < 0) return from(created, wire::CALL_FSCONFIG);
  result = Fd(sys::invoke(__NR_fsmount, context.get(), FSMOUNT_CLOEXEC, attributes));
  return from(result.ok() ? 0 : -result.error(), wire::CALL_FSMOUNT);
}

Outcome status(int fd, struct statx& result) {
  long got = sys::invoke(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &result);
  return from(got, wire::CALL_STATX);
}

}  // namespace

Outcome attach(int tree, int target) {
  long moved = sys::invoke(__NR_move_mount, tree, "", target, "",
                           MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  return from(moved, wire::CALL_MOVE_MOUNT);
}

Outcome own_proc(Context& context) {
  if (context.proc >= 0) return done();
  Fd proc;
  Outcome made = new_filesystem("proc", nullptr, 0,
                                MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, proc);
  if (!bad(made)) context.proc = proc.release();
  return made;
}

Outcome do_propagation(Context&, const wire::Op& op) {
  return from(sys::invoke(__NR_mount, 0, "/", 0, MS_REC | op.n[0], 0), wire::CALL_MOUNT);
}

Outcome do_root(Context& context, const wire::Op& op) {
  const char* source = context.text(op.s[0]);
  Fd target(sys::invoke(__NR_openat, AT_FDCWD, source, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!target.ok()) return from(-target.error(), wire::CALL_OPEN);
  Fd tree(clone_tree(target.get(), "", AT_EMPTY_PATH | AT_RECURSIVE));
  if (!tree.ok()) return from(-tree.error(), wire::CALL_OPEN_TREE);
  context.detached = op.n[1];
  Outcome prepared = context.detached
                         ? set_attributes(tree.get(), op.n[0], MS_PRIVATE, true)
                         : attach_with(context, tree.get(), target.get(), op.n[0], true);
  if (bad(prepared)) return prepared;
  context.root = tree.release();
  return done();
}

Outcome do_mount(Context& context, const wire::Op& op) {
  Resolved target = resolve(context, op);
  if (bad(target.outcome) || target.absent) return target.outcome;
  Fd tree;
  Outcome made =
      new_filesystem(context.text(op.s[1]), context.text(op.s[2]), op.n[1], op.n[0], tree);
  if (bad(made)) return made;
  Outcome attached = attach(tree.get(), target.fd.get());
  // Use the first procfs as our own, before parts of it are mounted over.
  if (!bad(attached) && context.proc < 0 && is_proc(context.text(op.s[1])))
    context.proc = tree.release();
  return attached;
}

Outcome do_bind(Context& context, const wire::Op& op) {
  bool optional = op.flags & wire::TARGET_OPTIONAL;
  Fd tree(clone_tree(AT_FDCWD, context.text(op.s[1]), op.n[1] ? AT_RECURSIVE : 0));
  // A mount namespace that was joined may not have the state directory.
  if (tree.error() == ENOENT && optional) return done();
  if (!tree.ok()) return from(-tree.error(), wire::CALL_OPEN_TREE);
  struct statx source;
  Outcome looked = status(tree.get(), source);
  if (bad(looked)) return looked;
  bool directory = (source.stx_mode & S_IFMT) == S_IFDIR;
  Resolved target = resolve(context, op, directory);
  if (bad(target.outcome) || target.absent) return target.outcome;
  if (optional) {
    struct statx covered;
    looked = status(target.fd.get(), covered);
    if (bad(looked) || ((covered.stx_mode & S_IFMT) == S_IFDIR) != directory) return looked;
  }
  return attach_with(context, tree.get(), target.fd.get(), op.n[0], op.n[1]);
}

// A directory is covered by an empty read-only tmpfs, anything else by the host's /dev/null (which
// must be one). That is mounted read-only, which leaves writing to the device as it is but keeps
// root inside from changing mode, owner and times of the host's node.
Outcome do_mask(Context& context, const wire::Op& op) {
  Resolved target = resolve(context, op);
  if (bad(target.outcome) || target.absent) return target.outcome;
  struct statx covered;
  Outcome looked = status(target.fd.get(), covered);
  if (bad(looked)) return looked;
  if ((covered.stx_mode & S_IFMT) == S_IFDIR) {
    Fd tree;
    const char options[] = "size=4k\0nr_inodes=2";
    Outcome made = new_filesystem(
        "tmpfs", options, 2,
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, tree);
    return bad(made) ? made : attach(tree.get(), target.fd.get());
  }
  Fd tree(clone_tree(AT_FDCWD, "/dev/null", 0));
  if (!tree.ok()) return from(-tree.error(), wire::CALL_OPEN_TREE);
  struct statx null;
  looked = status(tree.get(), null);
  if (bad(looked)) return looked;
  if (!is_null_device(null)) return {ENODEV, wire::CALL_STATX};
  return attach_with(context, tree.get(), target.fd.get(),
                     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false);
}

Outcome do_readonly(Context& context, const wire::Op& op) {
  Resolved target = resolve(context, op);
  if (bad(target.outcome) || target.absent) return target.outcome;
  Fd tree(clone_tree(target.fd.get(), "", AT_EMPTY_PATH | AT_RECURSIVE));
  if (!tree.ok()) return from(-tree.error(), wire::CALL_OPEN_TREE);
  return attach_with(context, tree.get(), target.fd.get(), MOUNT_ATTR_RDONLY, true);
}

// pivot_root(".", "."): the old root ends up on top of the new one, at the same place, and is
// detached from there.
Outcome do_pivot_root(Context& context, const wire::Op&) {
  long entered = sys::invoke(__NR_fchdir, context.root);
  if (entered < 0) return from(entered, wire::CALL_FCHDIR);
  long pivoted = sys::invoke(__NR_pivot_root, ".", ".");
  if (pivoted < 0) return from(pivoted, wire::CALL_PIVOT_ROOT);
  long detached = sys::invoke(__NR_umount2, ".", MNT_DETACH);
  if (detached < 0) return from(detached, wire::CALL_UMOUNT2);
  return from(sys::invoke(__NR_chdir, "/"), wire::CALL_CHDIR);
}

// The namespace gets a copy of the root's mounts; the root that was attached nowhere goes with its
// descriptor. setns(2) makes the namespace's root our root and working directory.
Outcome do_mount_namespace(Context& context, const wire::Op&) {
  Fd made(sys::invoke(__NR_open_tree, context.root, "",
                      OPEN_TREE_NAMESPACE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
  if (!made.ok()) return from(-made.error(), wire::CALL_OPEN_TREE);
  long entered = sys::invoke(__NR_setns, made.get(), CLONE_NEWNS);
  if (entered < 0) return from(entered, wire::CALL_SETNS);
  sys::close(context.root);
  context.root = -1;
  context.detached = false;
  return done();
}
