// Checks a message once, before anything of it is used. Pure: no system calls, so it can be fuzzed.
#include "message.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/limits.h>
#include <linux/sched.h>

using namespace wire;

namespace {

constexpr uint64_t NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

#ifndef CLONE_NNP  // before Linux 7.1
#define CLONE_NNP (1ULL << 35)
#endif

// inode(7): not from a header, whose names the C library's hides.
constexpr uint64_t FILE_TYPE = 0170000;
constexpr uint64_t CHARACTER_DEVICE = 0020000;
constexpr uint64_t BLOCK_DEVICE = 0060000;

bool is_device(uint64_t mode) {
  return (mode & FILE_TYPE) == CHARACTER_DEVICE || (mode & FILE_TYPE) == BLOCK_DEVICE;
}

bool within(uint64_t value, uint64_t allowed) { return (value & ~allowed) == 0; }

class Checker {
 public:
  Checker(const uint8_t* message, uint32_t total, uint64_t texts_from)
      : message_(message), total_(total), texts_from_(texts_from) {}

  // After the records, aligned, in bounds including its NUL.
  bool bytes(const Text& text) const {
    return text.offset >= texts_from_ && text.offset % 8 == 0 &&
           uint64_t(text.offset) + text.length < total_ && !message_[text.offset + text.length];
  }

  // No NUL before its end: the kernel sees the whole text.
  bool text(const Text& text) const { return bytes(text) && nuls(text) == 0; }

  // `count` texts, a NUL after each.
  bool list(const Text& list, uint64_t count) const {
    return bytes(list) && nuls(list) == count &&
           (list.length == 0 || message_[list.offset + list.length - 1] == 0);
  }

  // An array of `size` bytes each, at most `most` of them.
  bool array(const Text& array, uint32_t size, uint32_t most) const {
    return bytes(array) && array.length % size == 0 && array.length / size <= most;
  }

  bool operation(const Op& op) const;

 private:
  uint64_t nuls(const Text& text) const {
    uint64_t count = 0;
    const uint8_t* end = message_ + text.offset + text.length;
    for (const uint8_t* at = message_ + text.offset; at < end; at++) count += *at == 0;
    return count;
  }

  const uint8_t* message_;
  uint32_t total_;
  uint64_t texts_from_;
};

bool Checker::operation(const Op& op) const {
  switch (op.kind) {
    case OP_JOIN_CGROUP:
    case OP_ROOT:
    case OP_MKDIR:
    case OP_MASK:
    case OP_READONLY:
    case OP_SETHOSTNAME:
    case OP_CHDIR: return text(op.s[0]);
    case OP_SETNS: return within(op.n[0], NAMESPACES) && text(op.s[0]);
    case OP_SETNS_PROCESS:
    case OP_UNSHARE: return within(op.n[0], NAMESPACES);
    case OP_AWAIT: return op.n[0] >= AWAIT_HOST && op.n[0] <= AWAIT_START;
    case OP_SETSID:
    case OP_PROPAGATION:
    case OP_RLIMIT:
    case OP_PTY:
    case OP_PIVOT_ROOT:
    case OP_MOUNT_NAMESPACE:
    case OP_CAPSET:
    case OP_NO_NEW_PRIVS:
    case OP_PDEATHSIG: return true;
    case OP_MOUNT: return text(op.s[0]) && text(op.s[1]) && list(op.s[2], op.n[1]);
    case OP_BIND:
    case OP_SYMLINK:
    case OP_SYSCTL: return text(op.s[0]) && text(op.s[1]);
    case OP_MKNOD: return is_device(op.n[0]) && text(op.s[0]);
    case OP_NETLINK: return bytes(op.s[0]);
    case OP_BOUNDING: return op.n[1] < 64;
    case OP_USER: return array(op.s[0], 4, NGROUPS_MAX) && op.n[3] == op.s[0].length / 4;
    case OP_SECCOMP: return array(op.s[0], sizeof(sock_filter), BPF_MAXINSNS);
    case OP_EXECVE:
      return list(op.s[0], op.n[1]) && list(op.s[1], op.n[2]) && list(op.s[2], op.n[3]);
    default: return false;
  }
}

bool sound_log(const Header& header, const Checker& checker) {
  if (!(header.flags & HEADER_DETACHED)) return header.clone_flags == 0;
  return within(header.clone_flags, NAMESPACES | CLONE_INTO_CGROUP | CLONE_NNP) &&
         header.log.length <= LOG_PATH_MAX && checker.text(header.log);
}

}  // namespace

bool sound(const uint8_t* message, uint32_t received, Purpose purpose) {
  if (received < sizeof(Header)) return false;
  const Header& header = *reinterpret_cast<const Header*>(message);
  uint64_t texts_from = sizeof(Header) + uint64_t(header.op_count) * sizeof(Op);
  if (header.magic != MAGIC || header.total_bytes != received || texts_from > received)
    return false;
  if (!within(header.flags, HEADER_DETACHED) || header.op_count == 0) return false;
  Checker checker(message, received, texts_from);
  if (purpose == Purpose::COMMAND ? header.op_count != 1 || header.flags
                                  : !sound_log(header, checker))
    return false;
  const Op* ops = reinterpret_cast<const Op*>(message + sizeof(Header));
  for (uint32_t index = 0; index < header.op_count; index++) {
    if ((ops[index].kind == OP_EXECVE) != (index + 1 == header.op_count)) return false;
    if (!checker.operation(ops[index])) return false;
  }
  return true;
}
