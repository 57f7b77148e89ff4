// Takes privileges from the workload: capabilities, identity, no_new_privs, system calls, limits,
// and the signal at the death of its runtime.
#include "operation.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <poll.h>  // struct pollfd only

namespace {

Outcome prctl(long option, unsigned long a, unsigned long b = 0) {
  return from(sys::invoke(__NR_prctl, option, a, b, 0, 0), wire::CALL_PRCTL);
}

}  // namespace

Outcome do_bounding(Context&, const wire::Op& op) {
  for (uint64_t capability = 0; capability <= op.n[1]; capability++) {
    if (op.n[0] >> capability & 1) continue;
    Outcome dropped = prctl(PR_CAPBSET_DROP, capability);
    if (bad(dropped)) return dropped;
  }
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
}

Outcome do_user(Context& context, const wire::Op& op) {
  long groups = sys::invoke(__NR_setgroups, op.n[3], context.text(op.s[0]));
  if (groups < 0) return from(groups, wire::CALL_SETGROUPS);
  long group = sys::invoke(__NR_setresgid, op.n[1], op.n[1], op.n[1]);
  if (group < 0) return from(group, wire::CALL_SETRESGID);
  long user = sys::invoke(__NR_setresuid, op.n[0], op.n[0], op.n[0]);
  if (user < 0) return from(user, wire::CALL_SETRESUID);
  sys::invoke(__NR_umask, op.n[2]);
  return done();
}

// prlimit(2). A soft limit alone is bounded by the hard one, which is never raised: that takes
// CAP_SYS_RESOURCE.
Outcome do_rlimit(Context&, const wire::Op& op) {
  struct {
    uint64_t soft, hard;
  } limit = {}, wanted = {op.n[1], op.n[2]};
  if (op.n[3]) {
    long read = sys::invoke(__NR_prlimit64, 0, op.n[0], 0, &limit);
    if (read < 0) return from(read, wire::CALL_PRLIMIT64);
    wanted.hard = limit.hard;
    if (wanted.soft > wanted.hard) wanted.soft = wanted.hard;
  }
  return from(sys::invoke(__NR_prlimit64, 0, op.n[0], &wanted, 0), wire::CALL_PRLIMIT64);
}

Outcome do_capset(Context&, const wire::Op& op) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2];
  for (int half = 0; half < 2; half++)
    sets[half] = {(uint32_t)(op.n[0] >> 32 * half), (uint32_t)(op.n[1] >> 32 * half),
                  (uint32_t)(op.n[2] >> 32 * half)};
  return from(sys::invoke(__NR_capset, &header, sets), wire::CALL_CAPSET);
}

Outcome do_no_new_privs(Context&, const wire::Op&) { return prctl(PR_SET_NO_NEW_PRIVS, 1); }

Outcome do_seccomp(Context& context, const wire::Op& op) {
  sock_fprog program = {(unsigned short)(op.s[0].length / sizeof(sock_filter)),
                        (sock_filter*)context.text(op.s[0])};
  return from(sys::invoke(__NR_seccomp, SECCOMP_SET_MODE_FILTER, op.n[0], &program),
              wire::CALL_SECCOMP);
}

// If the parent died before prctl(2), the socket is already at end of file.
Outcome do_pdeathsig(Context&, const wire::Op& op) {
  Outcome asked = prctl(PR_SET_PDEATHSIG, op.n[0]);
  if (bad(asked)) return asked;
  pollfd control = {wire::CONTROL_FD, POLLRDHUP, 0};
  const long at_once[2] = {0, 0};
  long hung_up = sys::invoke(__NR_ppoll, &control, 1, at_once, 0, 8);
  if (hung_up < 0) return from(hung_up, wire::CALL_PPOLL);
  if (hung_up > 0 && control.revents & (POLLHUP | POLLERR)) sys::exit(wire::EXIT_REFUSED);
  return done();
}
