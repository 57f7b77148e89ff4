// Loads a program of device rules and attaches it to a cgroup: bpf(2). The kernel frees it
// with the group.
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

namespace {

/** How often to retry: any signal makes the verifier fail. */
constexpr int ATTEMPTS = 100;

long bpf(int command, bpf_attr& attr) { return syscall(SYS_bpf, command, &attr, sizeof attr); }

}  // namespace

HostOutcome attach_device_program(int directory, const void* program, size_t size) {
  char license[] = "MIT";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(program);
  load.insn_cnt = static_cast<uint32_t>(size / sizeof(bpf_insn));
  load.license = reinterpret_cast<uint64_t>(license);
  memcpy(load.prog_name, "terrarium_dev", sizeof "terrarium_dev");
  long loaded;
  int attempts = ATTEMPTS;
  do loaded = bpf(BPF_PROG_LOAD, load);
  while (loaded < 0 && errno == EAGAIN && --attempts);
  if (loaded < 0) return {errno, wire::CALL_BPF_PROG_LOAD};
  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory);
  attach.attach_bpf_fd = static_cast<uint32_t>(loaded);
  attach.attach_type = BPF_CGROUP_DEVICE;
  // BPF_F_ALLOW_MULTI: programs of parent and child cgroups run, too, and each must allow.
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  long attached = bpf(BPF_PROG_ATTACH, attach);
  int error = errno;
  close(static_cast<int>(loaded));
  return attached < 0 ? HostOutcome{error, wire::CALL_BPF_PROG_ATTACH} : HostOutcome{};
}
