// Seccomp profiles to BPF, by libseccomp (linked statically).
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"

namespace {

struct Filter {
  scmp_filter_ctx context;
  ~Filter() { seccomp_release(context); }
};

[[noreturn]] void refuse(Napi::Env env, const std::string& what, int error) {
  throw Napi::Error::New(env, what + ": " + strerror(error < 0 ? -error : error));
}

std::vector<scmp_arg_cmp> comparisons(const Napi::Object& rule) {
  std::vector<scmp_arg_cmp> result;
  Napi::Array list = rule.Get("args").As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    Napi::Object arg = list.Get(i).As<Napi::Object>();
    bool lossless;
    result.push_back({arg.Get("index").As<Napi::Number>().Uint32Value(),
                      static_cast<scmp_compare>(arg.Get("op").As<Napi::Number>().Uint32Value()),
                      arg.Get("value").As<Napi::BigInt>().Uint64Value(&lossless),
                      arg.Get("valueTwo").As<Napi::BigInt>().Uint64Value(&lossless)});
  }
  return result;
}

// libseccomp's number, or the profile's for a call that libseccomp is too old for. A negative one
// stands for a call that this architecture does not have.
int number_of(const std::string& name, const Napi::Object& numbers) {
  int number = seccomp_syscall_resolve_name(name.c_str());
  if (number >= 0 || !numbers.HasOwnProperty(name)) return number;
  return numbers.Get(name).As<Napi::Number>().Int32Value();
}

// A name without a number is left out, as OCI runtimes do: it falls to the default action.
void add_rule(Napi::Env env, scmp_filter_ctx context, const Napi::Object& rule,
              const Napi::Object& numbers) {
  uint32_t action = rule.Get("action").As<Napi::Number>().Uint32Value();
  std::vector<scmp_arg_cmp> args = comparisons(rule);
  Napi::Array names = rule.Get("names").As<Napi::Array>();
  for (uint32_t i = 0; i < names.Length(); i++) {
    std::string name = names.Get(i).As<Napi::String>();
    int number = number_of(name, numbers);
    if (number == __NR_SCMP_ERROR) continue;
    int added = seccomp_rule_add_array(context, action, number, static_cast<unsigned>(args.size()),
                                       args.data());
    if (added < 0 && added != -EDOM) refuse(env, "seccomp_rule_add " + name, added);
  }
}

Napi::Value compile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object profile = info[0].As<Napi::Object>();
  Filter filter = {seccomp_init(profile.Get("defaultAction").As<Napi::Number>().Uint32Value())};
  if (!filter.context) throw Napi::Error::New(env, "seccomp_init refused the default action");
  // Only the native system calls: a program for another architecture would see each of them under another number.
  seccomp_attr_set(filter.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // no_new_privs is an operation of its own; a binary tree keeps the common calls cheap.
  seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_NNP, 0);
  seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  Napi::Array rules = profile.Get("rules").As<Napi::Array>();
  Napi::Object numbers = profile.Get("numbers").As<Napi::Object>();
  for (uint32_t i = 0; i < rules.Length(); i++)
    add_rule(env, filter.context, rules.Get(i).As<Napi::Object>(), numbers);
  int fd = memfd_create("seccomp", MFD_CLOEXEC);
  if (fd < 0) refuse(env, "memfd_create", errno);
  int exported = seccomp_export_bpf(filter.context, fd);
  off_t size = lseek(fd, 0, SEEK_END);
  std::vector<uint8_t> program(size > 0 ? static_cast<size_t>(size) : 0);
  bool complete = exported == 0 && pread(fd, program.data(), program.size(), 0) == size;
  close(fd);
  if (!complete) refuse(env, "seccomp_export_bpf", exported);
  return Napi::Buffer<uint8_t>::Copy(env, program.data(), program.size());
}

}  // namespace

void export_seccomp(Napi::Env env, Napi::Object exports) {
  exports.Set("compileSeccomp", Napi::Function::New(env, compile));
}
