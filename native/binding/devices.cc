// Loads a program of device rules and attaches it to a control group: bpf(2). The kernel frees it with the group.
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine.h"

namespace {

long bpf(int command, bpf_attr& attr) { return syscall(SYS_bpf, command, &attr, sizeof attr); }

[[noreturn]] void refuse(Napi::Env env, const char* call) {
  int error = errno;
  Napi::Error result = Napi::Error::New(env, std::string(call) + ": " + strerror(error));
  result.Set("errno", Napi::Number::New(env, error));
  result.Set("syscall", Napi::String::New(env, call));
  throw result;
}

// attachDeviceProgram(struct bpf_insn[], descriptor of the group's directory)
void attach_device_program(const Napi::CallbackInfo& info) {
  auto instructions = info[0].As<Napi::Uint8Array>();
  char license[] = "MIT";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(instructions.Data());
  load.insn_cnt = static_cast<uint32_t>(instructions.ByteLength() / sizeof(bpf_insn));
  load.license = reinterpret_cast<uint64_t>(license);
  memcpy(load.prog_name, "terrarium_dev", sizeof "terrarium_dev");
  long program = bpf(BPF_PROG_LOAD, load);
  if (program < 0) refuse(info.Env(), "bpf BPF_PROG_LOAD");
  bpf_attr attach = {};
  attach.target_fd = info[1].As<Napi::Number>().Uint32Value();
  attach.attach_bpf_fd = static_cast<uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  // Programs of the groups above and below are asked too, and each must allow.
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  long attached = bpf(BPF_PROG_ATTACH, attach);
  int error = errno;
  close(static_cast<int>(program));
  errno = error;
  if (attached < 0) refuse(info.Env(), "bpf BPF_PROG_ATTACH");
}

}  // namespace

void export_devices(Napi::Env env, Napi::Object exports) {
  exports.Set("attachDeviceProgram", Napi::Function::New(env, attach_device_program));
}
