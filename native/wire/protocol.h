// What the runtime and the init say to each other, over one stream socket (the init's
// descriptor 3).
//
//   runtime                                            init
//     | -- Header, Op[op_count], strings -------------> |   once: all of the plan's `inside` and
//     |                                                 |   `exec` part
//     | <------------------- Result, Result, … -------- |   one for each operation performed, in
//     |                                                 |   order; a terminal's master rides on
//     |                                                 |   its Result (SCM_RIGHTS)
//     | -- one byte (an Awaited) ---------------------> |   answers the OP_AWAIT for it, also ahead
//     |                                                 |   of time; another command may follow
//     | <------------------- end of file -------------- |   the workload is being executed (the
//     |                                                 |   socket is close-on-exec) or, after a
//     |                                                 |   Result with an errno, the init exited
//
// Records have a fixed size and carry numbers; texts are references into the first message. The
// init checks a whole message before it acts on any of it (native/init/message.cc).
// A detached container has a watcher between: the init clones the container itself, reports its pid
// (RESULT_PID), pumps its output into the log, waits for it and writes an ExitRecord to
// descriptor 4.
//
// scripts/wire/ makes runtime/native/protocol.ts of this file and of event.h: the numbers are
// written nowhere else. Its header.ts describes the part of C++ that both are written in.
#pragma once
#include <stdint.h>

namespace wire {

constexpr uint32_t MAGIC = 0x31525254;  // "TRR1"
constexpr int CONTROL_FD = 3;
// Detached: where the exit is recorded. exec: pidfd of a process in the container.
constexpr int EXTRA_FD = 4;
constexpr int CGROUP_FD = 5;  // detached on cgroup v2: where to spawn

/** What a kernel may have or not, found out by trying. */
enum Feature : uint32_t {
  FEATURE_MOUNT_NAMESPACE = 1,  // OPEN_TREE_NAMESPACE of open_tree(2), Linux 7.0
  FEATURE_CLONE_AUTOKILL = 2,   // CLONE_AUTOREAP, _NNP, _PIDFD_AUTOKILL of clone3(2), Linux 7.1
};

enum HeaderFlags : uint32_t { HEADER_DETACHED = 1 };

/** Text or bytes at `offset` from the start of the message; a NUL follows, not in `length`. */
struct Text {
  uint32_t offset;
  uint32_t length;
};
static_assert(sizeof(Text) == 8);

struct Header {
  uint32_t magic;
  uint32_t total_bytes;
  uint32_t op_count;
  uint32_t flags;
  uint64_t clone_flags;  // of the watcher's clone3
  uint64_t log_bytes;    // the watcher renames the log when it has so many; 0 for never
  Text log;              // its path
};
static_assert(sizeof(Header) == 40);

/** The most bytes in the path of a log: PATH_MAX without room for the suffix of the older one. */
constexpr uint32_t LOG_PATH_MAX = 4088;

enum OpKind : uint32_t {
  OP_JOIN_CGROUP = 1,  // s0 tasks file
  OP_SETNS,            // n0 CLONE_NEW* mask; s0 path
  OP_SETNS_PROCESS,    // n0 CLONE_NEW* mask; EXTRA_FD is the pidfd
  OP_AWAIT,            // n0 an Awaited
  OP_UNSHARE,          // n0 CLONE_NEW* mask
  OP_SETSID,           //
  OP_PROPAGATION,      // n0 MS_PRIVATE or MS_SLAVE
  OP_ROOT,             // n0 MOUNT_ATTR_*; n1 attach it nowhere; s0 host path
  OP_MOUNT,       // n0 MOUNT_ATTR_*; n1 count of options; s0 target; s1 file system; s2 options
  OP_BIND,        // n0 MOUNT_ATTR_*; n1 recursive; s0 target; s1 host path
  OP_MKDIR,       // n0 mode; s0 target
  OP_MKNOD,       // n0 mode with S_IFCHR or S_IFBLK; n1 major; n2 minor; s0 target
  OP_SYMLINK,     // s0 target; s1 what it says
  OP_MASK,        // s0 target
  OP_READONLY,    // s0 target
  OP_PTY,         // n0 columns; n1 rows; n2 uid; n3 also /dev/console
  OP_PIVOT_ROOT,  //
  OP_MOUNT_NAMESPACE,  // makes one of the root that OP_ROOT attached nowhere, and enters it
  OP_SETHOSTNAME,      // s0 name
  OP_NETLINK,          // s0 one rtnetlink message
  OP_SYSCTL,           // s0 path below /proc/sys; s1 value
  OP_BOUNDING,         // n0 mask to keep; n1 last capability
  OP_USER,             // n0 uid; n1 gid; n2 umask; n3 count of groups; s0 groups, 32 bits each
  OP_RLIMIT,           // n0 RLIMIT_*; n1 soft; n2 hard; n3 the hard one stays, and bounds the soft
  OP_CAPSET,           // n0 effective; n1 permitted; n2 inheritable
  OP_NO_NEW_PRIVS,     //
  OP_SECCOMP,          // n0 flags; s0 struct sock_filter[]
  OP_PDEATHSIG,        // n0 signal
  OP_CHDIR,            // s0 path
  OP_EXECVE,  // n0 stay as init; n1 candidates, n2 arguments, n3 variables; s0, s1, s2 those
              // lists, NUL after each
};

/**
 * What an init waits for. AWAIT_COMMAND answers an await for AWAIT_START, too: one more message
 * follows it, whose only operation is executed instead of the plan's last.
 */
enum Awaited : uint8_t { AWAIT_HOST = 1, AWAIT_LINK, AWAIT_START, AWAIT_COMMAND };

/**
 * What the runtime does with files, before a spawn or beside it, and when a container has ended:
 * Header, Op[op_count] and texts as above, never sent.
 */
enum HostKind : uint32_t {
  HOST_MKCGROUP = 1,  // s0 directory
  HOST_WRITE,         // n0 whether to read it back; s0 file; s1 value; s2 what it must say then
  HOST_BPF_DEVICES,   // s0 directory of a v2 group; s1 struct bpf_insn[]
  HOST_RMCGROUP,      // s0 directory
  HOST_COUNT,         // s0 file of `name number` lines; s1 name; Result.extra is the number
};

/** Flags of an operation's target path (s0). */
enum TargetFlags : uint32_t {
  TARGET_NOFOLLOW = 1,
  TARGET_CREATE_DIRECTORY = 2,
  TARGET_CREATE_FILE = 4,
  TARGET_CREATE_LIKE_SOURCE = 8,
  TARGET_OPTIONAL = 16,
};

struct Op {
  uint32_t kind;
  uint32_t flags;
  uint64_t n[4];
  Text s[3];
};
static_assert(sizeof(Op) == 64);

/** The system call that an operation ended with. */
enum Call : uint32_t {
  CALL_NONE,
  CALL_OPEN,
  CALL_WRITE,
  CALL_SETNS,
  CALL_READ,
  CALL_UNSHARE,
  CALL_SETSID,
  CALL_MOUNT,
  CALL_OPEN_TREE,
  CALL_MOVE_MOUNT,
  CALL_MOUNT_SETATTR,
  CALL_FSOPEN,
  CALL_FSCONFIG,
  CALL_FSMOUNT,
  CALL_OPENAT2,
  CALL_MKDIRAT,
  CALL_MKNODAT,
  CALL_FCHMOD,
  CALL_SYMLINKAT,
  CALL_STATX,
  CALL_IOCTL,
  CALL_DUP3,
  CALL_FCHDIR,
  CALL_PIVOT_ROOT,
  CALL_UMOUNT2,
  CALL_CHDIR,
  CALL_SETHOSTNAME,
  CALL_SOCKET,
  CALL_SENDTO,
  CALL_RECVFROM,
  CALL_PRCTL,
  CALL_SETGROUPS,
  CALL_SETRESGID,
  CALL_SETRESUID,
  CALL_CAPSET,
  CALL_SECCOMP,
  CALL_GETCWD,
  CALL_EXECVE,
  CALL_CLONE3,
  CALL_MMAP,
  CALL_FCHOWN,
  CALL_MKDIR,
  CALL_RMDIR,
  CALL_BPF_PROG_LOAD,
  CALL_BPF_PROG_ATTACH,
  CALL_READLINKAT,
  CALL_PRLIMIT64,
  CALL_READ_BACK,  // none of the kernel's: it keeps another value than was written
  CALL_CHECK,      // nor this: the message is not what this header describes
  CALL_CLOSE_RANGE,
  CALL_FCNTL,
  CALL_CLONE,
  CALL_RT_SIGACTION,
  CALL_RT_SIGPROCMASK,
  CALL_SETPGID,
  CALL_PPOLL,
  CALL_PIPE2,
  CALL_FSTATFS,
};

/** Result.index that is no operation of the init's. */
enum ResultIndex : uint32_t {
  RESULT_EXIT = 0x40000000,  // or'ed with the index of an exit action
  RESULT_INIT = 0xfffffffd,  // a call of the init itself failed
  RESULT_PID = 0xfffffffe,   // extra is the pid of the container, as the watcher sees it
};

struct Result {
  uint32_t index;
  int32_t error;  // errno, 0 when it succeeded
  uint32_t call;
  uint32_t extra;
  uint64_t start_ns;  // CLOCK_MONOTONIC
  uint64_t end_ns;
};
static_assert(sizeof(Result) == 32);

/** Exit statuses of an init that executed nothing. */
enum InitExit : int {
  EXIT_REFUSED = 125,  // a Result with an errno says what failed, or the runtime has gone
  EXIT_NOT_EXECUTABLE = 126,
  EXIT_NOT_FOUND = 127,
  EXIT_UNSENT = 128,  // plus the errno (at most 127) of sendmsg(2): a Result could not be sent
};

/** How a detached container ended. The runtime reserves its room with an empty one. */
struct ExitRecord {
  int32_t code;        // exit status, or -1
  int32_t signal;      // 0, or what ended it
  uint64_t dropped;    // bytes of output that could not be written to the log
  uint64_t oom_kills;  // v2: processes that the kernel ended at the memory limit
};
static_assert(sizeof(ExitRecord) == 24);

}  // namespace wire
