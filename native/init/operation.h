// The operations, one file a kernel noun, with their context and outcome.
#pragma once
#include "../wire/protocol.h"
#include "sys.h"
#include <linux/stat.h>

/** How an operation ended: 0, or the errno of the system call named. */
struct Outcome {
  int error;
  wire::Call call;
};

inline Outcome done() { return {0, wire::CALL_NONE}; }
/** From the result of a raw system call; success when it is not negative. */
inline Outcome from(long result, wire::Call call) { return {result < 0 ? (int)-result : 0, call}; }
inline bool bad(const Outcome& outcome) { return outcome.error != 0; }

/**
 * State shared by operations: the message, the new root, results for the runtime.
 */
struct Context {
  const uint8_t* message = nullptr;
  const wire::Op* command = nullptr;  // what came with AWAIT_COMMAND, in a message of its own
  int root =
      -1;  // the new root; -1 while there is none, or in an exec: then "/" of the namespace joined
  bool detached = false;  // the root is attached nowhere: all it gets must be made private
  int proc = -1;          // a procfs of our own that no path leads to
  int terminal = -1;      // master to hand over with the next result
  uint32_t arrived = 0;   // a bit for each Awaited that has been answered
  const char* text(const wire::Text& t) const { return (const char*)message + t.offset; }
};

// report.cc
/** Queues a result for the runtime, and sends what is queued when it is urgent. */
void record(Context&, uint32_t index, const Outcome&, uint64_t start, uint64_t end,
            uint32_t extra = 0);
/** Sends what is queued. Ends the init when that fails. */
void flush(Context&);
/** Reports a failure of the init's own, outside of any operation, and ends it. */
[[noreturn]] void fail(Context&, const Outcome&);

// path.cc
struct Resolved {
  Fd fd;
  Outcome outcome;
  bool absent = false;  // optional, and nothing there
};
/**
 * Opens (O_PATH, or with `flags`) the target inside the root; makes it when the operation's flags
 * say so.
 */
Resolved resolve(Context& context, const wire::Op& op, bool source_is_directory = true);
long open_in_root(Context& context, const char* path, uint64_t flags, uint64_t resolve_flags);
/** Opens the target's parent directory and points `name` at its last component. */
Resolved resolve_parent(Context& context, const wire::Op& op, const char** name);

// mount.cc
Outcome do_propagation(Context&, const wire::Op&);
Outcome do_root(Context&, const wire::Op&);
Outcome do_mount(Context&, const wire::Op&);
Outcome do_bind(Context&, const wire::Op&);
Outcome do_mask(Context&, const wire::Op&);
Outcome do_readonly(Context&, const wire::Op&);
Outcome do_pivot_root(Context&, const wire::Op&);
Outcome do_mount_namespace(Context&, const wire::Op&);
Outcome attach(int tree, int target);
/** Makes context.proc, once. */
Outcome own_proc(Context&);

// classic.cc
Outcome remount(int fd, uint64_t attributes);
Outcome remount_all(Context&, int tree, uint64_t attributes);

// file.cc
bool is_null_device(const struct statx&);
/** Standard streams that are the host's /dev/null become the container's own. */
Outcome own_null();
Outcome do_mkdir(Context&, const wire::Op&);
Outcome do_mknod(Context&, const wire::Op&);
Outcome do_symlink(Context&, const wire::Op&);
Outcome do_sysctl(Context&, const wire::Op&);
Outcome do_join_cgroup(Context&, const wire::Op&);
Outcome do_chdir(Context&, const wire::Op&);

// namespace.cc
Outcome do_setns(Context&, const wire::Op&);
Outcome do_setns_process(Context&, const wire::Op&);
Outcome do_unshare(Context&, const wire::Op&);
Outcome do_sethostname(Context&, const wire::Op&);
Outcome do_netlink(Context&, const wire::Op&);

// terminal.cc
Outcome do_setsid(Context&, const wire::Op&);
Outcome do_pty(Context&, const wire::Op&);

// security.cc
Outcome do_bounding(Context&, const wire::Op&);
Outcome do_user(Context&, const wire::Op&);
Outcome do_rlimit(Context&, const wire::Op&);
Outcome do_capset(Context&, const wire::Op&);
Outcome do_no_new_privs(Context&, const wire::Op&);
Outcome do_seccomp(Context&, const wire::Op&);
Outcome do_pdeathsig(Context&, const wire::Op&);

// process.cc
/** Executes the workload; returns only when no candidate could be executed. */
Outcome do_execve(Context&, const wire::Op&);
/** Forks the workload off and stays as its init; returns in the child, or when there is none. */
Outcome stay_as_init();

// watcher.cc
/** Clones a detached container and outlives the runtime for it; returns in the container. */
void become_watcher(Context&, const wire::Header&);

// wait.h's names are the C library's.
constexpr int WAIT_NOHANG = 1;        // WNOHANG
constexpr int WAIT_ALL = 0x40000000;  // __WALL
constexpr uint64_t ALL_SIGNALS = ~0ull;
inline int ended_by(int status) { return status & 0x7f; }
inline int exit_status(int status) { return (status >> 8) & 0xff; }
