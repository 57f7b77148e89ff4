// Attributes of mounts on kernels before 5.12, which have no mount_setattr(2): mount(2) with
// MS_REMOUNT, one mount at a time.
#include "operation.h"

#include <errno.h>
#include <sys/mount.h>  // MS_* only; nothing is linked from libc
#include <sys/vfs.h>

namespace {

constexpr int MAX_MOUNTS = 4096;
constexpr int MAX_LINE = 16384;  // four bytes for one that is escaped, two paths
uint64_t ids[MAX_MOUNTS];
char line[MAX_LINE];

const char* descriptor_path(int fd, char (&buffer)[32]) {
  const char prefix[] = "/proc/self/fd/";
  int at = 0;
  for (; prefix[at]; at++) buffer[at] = prefix[at];
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + fd % 10);
  while (fd /= 10);
  while (count) buffer[at++] = digits[--count];
  buffer[at] = 0;
  return buffer;
}

Outcome mount_id(int fd, uint64_t& id) {
  struct statx found;
  long looked = sys::invoke(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &found);
  id = found.stx_mnt_id;
  return from(looked, wire::CALL_STATX);
}

uint64_t number(const char*& text) {
  uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (uint64_t)(*text - '0');
  if (*text == ' ') text++;
  return value;
}

void skip_field(char*& text) {
  while (*text && *text != ' ') text++;
  if (*text) text++;
}

// Ends the text at its first space, and turns `\040` into the byte: proc_pid_mountinfo(5).
void unescape(char* text) {
  char* to = text;
  for (; *text && *text != ' '; to++) {
    bool escaped = text[0] == '\\' && text[1] && text[2] && text[3];
    *to = escaped ? (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0')) : *text;
    text += escaped ? 4 : 1;
  }
  *to = 0;
}

// Remounts the mount of one mountinfo line if its parent is among the first `count` ids, and adds
// its own.
Outcome remount_child(int& count, uint64_t attributes) {
  const char* text = line;
  uint64_t id = number(text);
  uint64_t parent = number(text);
  bool below = false;
  for (int i = 0; i < count; i++) below = below || ids[i] == parent;
  if (!below) return done();
  if (count == MAX_MOUNTS) return {ENOSPC, wire::CALL_MOUNT};
  ids[count++] = id;
  char* point = line + (text - line);
  skip_field(point);  // device
  skip_field(point);  // root
  unescape(point);
  Fd mount(sys::invoke(__NR_openat, AT_FDCWD, point, O_PATH | O_CLOEXEC));
  if (!mount.ok()) return from(-mount.error(), wire::CALL_OPEN);
  uint64_t found;
  Outcome looked = mount_id(mount.get(), found);
  // Covered by another mount: not reachable.
  if (bad(looked) || found != id) return looked;
  return remount(mount.get(), attributes);
}

}  // namespace

// A remount sets all flags, so pass those that the mount has already; only the atime setting is
// kept.
Outcome remount(int fd, uint64_t attributes) {
  struct statfs now;
  long known = sys::invoke(__NR_fstatfs, fd, &now);
  if (known < 0) return from(known, wire::CALL_FSTATFS);
  // statfs(2)'s ST_ flags have the values of mount(2)'s.
  unsigned long flags =
      MS_REMOUNT | MS_BIND | (now.f_flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
  if (attributes & MOUNT_ATTR_RDONLY) flags |= MS_RDONLY;
  if (attributes & MOUNT_ATTR_NOSUID) flags |= MS_NOSUID;
  if (attributes & MOUNT_ATTR_NODEV) flags |= MS_NODEV;
  if (attributes & MOUNT_ATTR_NOEXEC) flags |= MS_NOEXEC;
  char path[32];
  return from(sys::invoke(__NR_mount, 0, descriptor_path(fd, path), 0, flags, 0), wire::CALL_MOUNT);
}

// The attached `tree` and every mount below it. The mount table lists parents before what is
// mounted on them.
Outcome remount_all(Context& context, int tree, uint64_t attributes) {
  Outcome top = remount(tree, attributes);
  if (bad(top)) return top;
  Outcome looked = mount_id(tree, ids[0]);
  if (bad(looked)) return looked;
  Outcome proc = own_proc(context);
  if (bad(proc)) return proc;
  Fd table(sys::invoke(__NR_openat, context.proc, "self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!table.ok()) return from(-table.error(), wire::CALL_OPEN);
  int count = 1;
  int length = 0;
  for (;;) {
    char piece[4096];
    long got = sys::invoke(__NR_read, table.get(), piece, sizeof piece);
    if (got < 0) return from(got, wire::CALL_READ);
    if (got == 0) return done();
    for (long at = 0; at < got; at++) {
      if (length == MAX_LINE - 1) return {ENAMETOOLONG, wire::CALL_READ};
      line[length++] = piece[at] == '\n' ? '\0' : piece[at];
      if (piece[at] != '\n') continue;
      Outcome child = remount_child(count, attributes);
      if (bad(child)) return child;
      length = 0;
    }
  }
}
