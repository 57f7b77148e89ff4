// Reads the plan, performs its operations in order, sends a record for each. Decides nothing.
#include "message.h"
#include "operation.h"

#include <errno.h>
#include <linux/prctl.h>
#include <sys/mman.h>

namespace {

Outcome read_all(void* to, size_t size) {
  for (size_t have = 0; have < size;) {
    long got = sys::invoke(__NR_read, wire::CONTROL_FD, (char*)to + have, size - have);
    if (got == 0) sys::exit(wire::EXIT_REFUSED);  // the runtime has gone
    if (got < 0) return from(got, wire::CALL_READ);
    have += (size_t)got;
  }
  return done();
}

// A whole message, checked. It stays mapped: texts are read in place.
const uint8_t* read_message(Context& context, Purpose purpose) {
  wire::Header header;
  Outcome read = read_all(&header, sizeof header);
  if (bad(read)) fail(context, read);
  if (header.magic != wire::MAGIC || header.total_bytes < sizeof header)
    fail(context, {EINVAL, wire::CALL_CHECK});
  long mapped = sys::invoke(__NR_mmap, 0, header.total_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(mapped)) fail(context, from(mapped, wire::CALL_MMAP));
  uint8_t* message = (uint8_t*)mapped;
  memcpy(message, &header, sizeof header);
  read = read_all(message + sizeof header, header.total_bytes - sizeof header);
  if (bad(read)) fail(context, read);
  if (!sound(message, header.total_bytes, purpose)) fail(context, {EINVAL, wire::CALL_CHECK});
  return message;
}

Outcome do_await(Context& context, const wire::Op& op) {
  if (!(context.arrived >> op.n[0] & 1)) flush(context);
  while (!(context.arrived >> op.n[0] & 1)) {
    uint8_t awaited;
    Outcome read = read_all(&awaited, 1);
    if (bad(read)) return read;
    if (awaited == wire::AWAIT_COMMAND) {
      context.message = read_message(context, Purpose::COMMAND);
      context.command = (const wire::Op*)(context.message + sizeof(wire::Header));
      awaited = wire::AWAIT_START;
    }
    context.arrived |= 1u << (awaited & 31);
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
    case wire::OP_MOUNT_NAMESPACE: return do_mount_namespace(context, op);
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

// A descriptor that stays open would reach the container: then fail.
Outcome prepare_process() {
  Outcome hidden = from(sys::invoke(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0), wire::CALL_PRCTL);
  if (bad(hidden)) return hidden;
  // Only a name: fails only for a bad address.
  sys::invoke(__NR_prctl, PR_SET_NAME, "terrarium-init", 0, 0, 0);
  sys::invoke(__NR_umask, 0);
  for (int fd = wire::CONTROL_FD; fd <= wire::CGROUP_FD; fd++) {
    long marked = sys::invoke(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
    // Only the first is always there.
    if (marked < 0 && (marked != -EBADF || fd == wire::CONTROL_FD))
      return from(marked, wire::CALL_FCNTL);
  }
  return from(sys::invoke(__NR_close_range, wire::CGROUP_FD + 1, ~0u, 0), wire::CALL_CLOSE_RANGE);
}

// A script or loader with /proc/self/exe as its interpreter executes us, since execve(2) resolves
// that before it replaces this program. execve(2) closes the control socket: without it, exit.
void refuse_to_interpret() {
  if (sys::invoke(__NR_fcntl, wire::CONTROL_FD, F_GETFD) != -EBADF) return;
  const char said[] =
      "terrarium: the command names /proc/self/exe as its interpreter, which is no program there\n"
      "  hint: let its first line name a program, such as #!/bin/sh\n";
  sys::invoke(__NR_write, 2, said, sizeof said - 1);
  sys::exit(wire::EXIT_NOT_EXECUTABLE);
}

[[noreturn]] void execute(Context& context, const wire::Op& op, uint32_t index) {
  uint64_t start = sys::now_ns();
  record(context, index, done(), start, start);
  flush(context);
  Outcome refused = op.n[0] ? stay_as_init() : done();
  if (!bad(refused)) refused = do_execve(context, op);
  record(context, index, refused, start, sys::now_ns());
  sys::exit(refused.error == ENOENT ? wire::EXIT_NOT_FOUND : wire::EXIT_NOT_EXECUTABLE);
}

}  // namespace

extern "C" [[noreturn]] void init_main() {
  refuse_to_interpret();
  Context context;
  Outcome prepared = prepare_process();
  if (bad(prepared)) fail(context, prepared);
  context.message = read_message(context, Purpose::PLAN);
  const wire::Header& header = *(const wire::Header*)context.message;
  if (header.flags & wire::HEADER_DETACHED) become_watcher(context, header);
  const wire::Op* ops = (const wire::Op*)(context.message + sizeof header);
  uint64_t start = sys::now_ns();
  // The last one is OP_EXECVE, and no other is.
  uint32_t last = header.op_count - 1;
  for (uint32_t index = 0; index < last; index++) {
    Outcome outcome = perform(context, ops[index]);
    uint64_t end = sys::now_ns();
    record(context, index, outcome, start, end);
    if (bad(outcome)) sys::exit(wire::EXIT_REFUSED);
    start = end;
  }
  execute(context, context.command ? *context.command : ops[last], last);
}
