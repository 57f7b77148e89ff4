// Reads the plan, performs it operation by operation, answers a record for each. No decision is made here.
#include "operation.h"

#include <signal.h>
#include <errno.h>
#include <sys/mman.h>
#include <linux/prctl.h>
#include <sys/socket.h>  // msghdr and SCM_RIGHTS only

namespace {

constexpr int BATCH = 64;
wire::Result results[BATCH];
int pending = 0;

// Sends what has gathered; a terminal's master rides on it.
void flush(Context& context) {
  if (!pending) return;
  iovec data = {results, sizeof(wire::Result) * (size_t)pending};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (context.terminal >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = (cmsghdr*)control;
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &context.terminal, sizeof(int));
  }
  long sent = sys::invoke(__NR_sendmsg, wire::CONTROL_FD, &message, MSG_NOSIGNAL);
  if (sent < 0) sys::exit(125);  // the runtime is gone: nobody wants this container
  if (context.terminal >= 0) {
    sys::close(context.terminal);
    context.terminal = -1;
  }
  pending = 0;
}

void record(Context& context, uint32_t index, const Outcome& outcome, uint64_t start, uint64_t end,
            uint32_t extra = 0) {
  results[pending++] = {index, outcome.error, outcome.call, extra, start, end};
  if (pending == BATCH || outcome.error || context.terminal >= 0) flush(context);
}

bool read_all(void* to, size_t size) {
  for (size_t have = 0; have < size;) {
    long got = sys::invoke(__NR_read, wire::CONTROL_FD, (char*)to + have, size - have);
    if (got <= 0) return false;
    have += (size_t)got;
  }
  return true;
}

// A whole message, which stays: texts are read in place. Null when there is no more to come.
const uint8_t* read_message() {
  wire::Header header;
  if (!read_all(&header, sizeof header) || header.magic != wire::MAGIC) return nullptr;
  long mapped = sys::invoke(__NR_mmap, 0, header.total_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(mapped)) return nullptr;
  uint8_t* message = (uint8_t*)mapped;
  memcpy(message, &header, sizeof header);
  return read_all(message + sizeof header, header.total_bytes - sizeof header) ? message : nullptr;
}

Outcome do_await(Context& context, const wire::Op& op) {
  static uint32_t arrived = 0;
  if (!(arrived >> op.n[0] & 1)) flush(context);
  while (!(arrived >> op.n[0] & 1)) {
    uint8_t go;
    long got = sys::invoke(__NR_read, wire::CONTROL_FD, &go, 1);
    if (got == 0) sys::exit(125);
    if (got < 0) return from(got, wire::CALL_READ);
    if (go == wire::AWAIT_COMMAND) {
      context.message = read_message();
      if (!context.message) sys::exit(125);
      context.command = (const wire::Op*)(context.message + sizeof(wire::Header));
      go = wire::AWAIT_START;
    }
    arrived |= 1u << (go & 31);
  }
  return done();
}

Outcome perform(Context& context, const wire::Op& op) {
  switch (op.kind) {
    case wire::OP_JOIN_CGROUP: return do_join_cgroup(context, op);
    case wire::OP_SETNS: return do_setns(context, op);
    case wire::OP_SETNS_PROCESS: return do_setns_process(context, op);
    case wire::OP_AWAIT: return do_await(context, op);
    case wire::OP_UNSHARE: return do_unshare(context, op);
    case wire::OP_SETSID: return do_setsid(context, op);
    case wire::OP_PROPAGATION: return do_propagation(context, op);
    case wire::OP_ROOT: return do_root(context, op);
    case wire::OP_MOUNT: return do_mount(context, op);
    case wire::OP_BIND: return do_bind(context, op);
    case wire::OP_MKDIR: return do_mkdir(context, op);
    case wire::OP_MKNOD: return do_mknod(context, op);
    case wire::OP_SYMLINK: return do_symlink(context, op);
    case wire::OP_MASK: return do_mask(context, op);
    case wire::OP_READONLY: return do_readonly(context, op);
    case wire::OP_PTY: return do_pty(context, op);
    case wire::OP_PIVOT_ROOT: return do_pivot_root(context, op);
    case wire::OP_SETHOSTNAME: return do_sethostname(context, op);
    case wire::OP_NETLINK: return do_netlink(context, op);
    case wire::OP_SYSCTL: return do_sysctl(context, op);
    case wire::OP_BOUNDING: return do_bounding(context, op);
    case wire::OP_USER: return do_user(context, op);
    case wire::OP_RLIMIT: return do_rlimit(context, op);
    case wire::OP_CAPSET: return do_capset(context, op);
    case wire::OP_NO_NEW_PRIVS: return do_no_new_privs(context, op);
    case wire::OP_SECCOMP: return do_seccomp(context, op);
    case wire::OP_PDEATHSIG: return do_pdeathsig(context, op);
    case wire::OP_CHDIR: return do_chdir(context, op);
    default: return {ENOSYS, wire::CALL_NONE};
  }
}

// A detached container is a child of a watcher that outlives the runtime: this process. Returns in the container.
void become_watcher(Context& context, const wire::Header& header) {
  sys::invoke(__NR_setsid);
  clone_args args = {};
  args.flags = header.clone_flags;
  args.exit_signal = SIGCHLD;
  args.cgroup = wire::CGROUP_FD;
  uint64_t start = sys::now_ns();
  long pid = sys::invoke(__NR_clone3, &args, sizeof args);
  if (pid == 0) {
    sys::invoke(__NR_close_range, wire::EXTRA_FD, ~0u, 0);
    return;
  }
  record(context, wire::RESULT_PID, from(pid, wire::CALL_CLONE3), start, sys::now_ns(),
         (uint32_t)pid);
  flush(context);
  if (pid < 0) sys::exit(125);
  watch(pid);
}

}  // namespace

extern "C" [[noreturn]] void init_main() {
  sys::invoke(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys::invoke(__NR_prctl, PR_SET_NAME, "terrarium-init", 0, 0, 0);
  sys::invoke(__NR_umask, 0);
  for (int fd = wire::CONTROL_FD; fd <= wire::CGROUP_FD; fd++)
    sys::invoke(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
  // Whatever is not closed here the container would have: then rather no container.
  if (sys::invoke(__NR_close_range, wire::CGROUP_FD + 1, ~0u, 0) < 0) sys::exit(125);
  Context context;
  context.message = read_message();
  if (!context.message) sys::exit(125);
  const wire::Header& header = *(const wire::Header*)context.message;
  if (header.flags & wire::DETACHED) become_watcher(context, header);
  const wire::Op* ops = (const wire::Op*)(context.message + sizeof header);
  uint64_t start = sys::now_ns();
  for (uint32_t index = 0; index < header.op_count; index++) {
    const wire::Op& op =
        ops[index].kind == wire::OP_EXECVE && context.command ? *context.command : ops[index];
    if (op.kind == wire::OP_EXECVE) {
      record(context, index, done(), start, start);
      flush(context);
      if (op.n[0]) stay_as_init();
      Outcome refused = do_execve(context, op);
      record(context, index, refused, start, sys::now_ns());
      sys::exit(refused.error == ENOENT ? 127 : 126);
    }
    Outcome outcome = perform(context, op);
    uint64_t end = sys::now_ns();
    record(context, index, outcome, start, end);
    if (bad(outcome)) sys::exit(125);
    start = end;
  }
  sys::exit(125);
}
