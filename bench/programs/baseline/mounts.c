// The file systems of the container: root, /proc, /sys, /dev and what is below, masked and
// read-only paths, pivot_root.
#include "baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef OPEN_TREE_NAMESPACE
#define OPEN_TREE_NAMESPACE 2
#endif

enum { SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

struct filesystem {
  const char *type, *path;
  unsigned attributes;
  const char* options[8];  // key, value, key, value, …
};

static const struct filesystem filesystems[] = {
    {"proc", "/proc", SAFE, {NULL}},
    {"sysfs", "/sys", SAFE | MOUNT_ATTR_RDONLY, {NULL}},
    {"tmpfs", "/dev", MOUNT_ATTR_NOSUID, {"mode", "755", "size", "65536k"}},
    {"devpts",
     "/dev/pts",
     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
     {"ptmxmode", "0666", "mode", "0620", "gid", "5"}},
    {"tmpfs", "/dev/shm", SAFE, {"mode", "1777", "size", "65536k"}},
    {"mqueue", "/dev/mqueue", SAFE, {NULL}},
};

static const struct {
  const char* name;
  unsigned major, minor;
} nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
             {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

static const char* const links[][2] = {
    {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
    {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"},
};

static const char* const masked[] = {
    "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
    "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap",
};
static const char* const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                        "/proc/sysrq-trigger"};

static int resolve(int root, const char* path) {
  const struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                               .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// Attaches a detached mount (consumed) at `target` (consumed).
static bool attach(int mount, int target, const char* path) {
  const bool done =
      mount >= 0 && target >= 0 &&
      move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
  if (!done) failed(path);
  if (mount >= 0) close(mount);
  if (target >= 0) close(target);
  return done;
}

static int detached(const char* type, unsigned attributes, const char* const* options) {
  const int fs = fsopen(type, FSOPEN_CLOEXEC);
  if (fs < 0) return -1;
  int mount = -1;
  bool done = true;
  for (int i = 0; done && i < 8 && options[i]; i += 2)
    done = fsconfig(fs, FSCONFIG_SET_STRING, options[i], options[i + 1], 0) == 0;
  if (done && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    mount = fsmount(fs, FSMOUNT_CLOEXEC, attributes);
  close(fs);
  return mount;
}

static bool fill_dev(int root) {
  const int dev = resolve(root, "/dev");
  if (dev < 0) return failed("/dev");
  bool done = mkdirat(dev, "pts", 0755) == 0 && mkdirat(dev, "shm", 01777) == 0 &&
              mkdirat(dev, "mqueue", 01777) == 0;
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    done = done && mknodat(dev, nodes[i].name, S_IFCHR | 0666,
                           makedev(nodes[i].major, nodes[i].minor)) == 0;
  }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    done = done && symlinkat(links[i][0], dev, links[i][1]) == 0;
  if (!done) failed("what is in /dev");
  close(dev);
  return done;
}

// As the runtime does, through the procfs just mounted.
static bool set_sysctls(void) {
  return write_file("proc/sys/net/ipv4/ping_group_range", "0 2147483647", O_NOFOLLOW) &&
         write_file("proc/sys/net/ipv4/ip_unprivileged_port_start", "0", O_NOFOLLOW);
}

// On Linux 7.0 the root is a detached tree until it becomes a mount namespace. This descriptor
// keeps the tree alive.
static bool alone;
static int detached_root = -1;

bool makes_mount_namespaces(void) {
  alone =
      open_tree(-1, "", OPEN_TREE_NAMESPACE | AT_EMPTY_PATH | AT_RECURSIVE) < 0 && errno == EBADF;
  return alone;
}

// A detached copy of a mount, with added attributes. In the host's mount namespace it is made
// private.
static int copy_of(int root, const char* path, unsigned flags, unsigned attributes) {
  struct mount_attr more = {.attr_set = attributes, .propagation = alone ? MS_PRIVATE : 0};
  const int copy = open_tree(root, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
  const unsigned all = AT_EMPTY_PATH | (flags & AT_RECURSIVE);
  const bool changes = attributes != 0 || alone;
  if (copy < 0 || !changes || mount_setattr(copy, "", all, &more, sizeof more) == 0) return copy;
  close(copy);
  return -1;
}

static bool mask(int root, const char* path) {
  static const char* const none[8] = {"size", "0"};
  struct stat at;
  const int target = resolve(root, path);
  if (target < 0) return errno == ENOENT || failed(path);
  if (fstatat(target, "", &at, AT_EMPTY_PATH) < 0) return failed(path);
  const int cover = S_ISDIR(at.st_mode) ? detached("tmpfs", SAFE | MOUNT_ATTR_RDONLY, none)
                                        : copy_of(root, "dev/null", 0, 0);
  return attach(cover, target, path);
}

static bool make_read_only(int root, const char* path) {
  const int target = resolve(root, path);
  if (target < 0) return errno == ENOENT || failed(path);
  return attach(copy_of(target, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY), target, path);
}

static int make_root(const char* rootfs) {
  if (alone) return detached_root = copy_of(AT_FDCWD, rootfs, AT_RECURSIVE, 0);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -1;
  const int copy = copy_of(AT_FDCWD, rootfs, AT_RECURSIVE, 0);
  if (!attach(copy, open(rootfs, O_PATH | O_CLOEXEC), rootfs)) return -1;
  return open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// Ends with the working directory at the new root.
bool mount_everything(const char* rootfs, const char* hosts) {
  const int root = make_root(rootfs);
  if (root < 0 || fchdir(root) < 0) return failed(rootfs);
  bool done = true;
  for (size_t i = 0; done && i < sizeof filesystems / sizeof *filesystems; i++) {
    const struct filesystem* fs = &filesystems[i];
    done =
        attach(detached(fs->type, fs->attributes, fs->options), resolve(root, fs->path), fs->path);
    if (done && i == 0) done = set_sysctls();
    if (done && fs->path[1] == 'd' && fs->path[4] == '\0') done = fill_dev(root);
  }
  for (size_t i = 0; done && i < sizeof masked / sizeof *masked; i++) done = mask(root, masked[i]);
  for (size_t i = 0; done && i < sizeof read_only / sizeof *read_only; i++)
    done = make_read_only(root, read_only[i]);
  // Covers the image's /etc/hosts with the container's own.
  done = done && attach(copy_of(AT_FDCWD, hosts, 0, SAFE), resolve(root, "/etc/hosts"), hosts);
  if (!alone) close(root);
  return done;
}

static bool enter_mount_namespace(void) {
  const unsigned flags = OPEN_TREE_NAMESPACE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE;
  const int made = open_tree(detached_root, "", flags);
  if (made < 0 || setns(made, CLONE_NEWNS) < 0) return failed("mount namespace");
  close(made);
  close(detached_root);
  return true;
}

// pivot_root(2), "pivot_root(".", ".")": the old root ends up on top of the new one and is
// detached.
bool change_root(void) {
  if (alone) return enter_mount_namespace();
  if (syscall(SYS_pivot_root, ".", ".") < 0) return failed("pivot_root");
  if (umount2(".", MNT_DETACH) < 0) return failed("umount2");
  return chdir("/") == 0 || failed("chdir");
}
