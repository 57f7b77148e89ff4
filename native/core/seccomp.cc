// Seccomp profiles to BPF, by libseccomp.
#include "seccomp.h"

#include <cerrno>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fd.h"

namespace {

struct Filter {
  scmp_filter_ctx context;
  explicit Filter(uint32_t action) : context(seccomp_init(action)) {}
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() {
    if (context) seccomp_release(context);
  }
};

SeccompProgram refused(std::string call, int error) {
  return {{}, error < 0 ? -error : error, std::move(call)};
}

// libseccomp's number, or the profile's for a call newer than libseccomp. Negative: this
// architecture has no such call.
int number_of(const std::string& name, const std::map<std::string, int>& numbers) {
  int number = seccomp_syscall_resolve_name(name.c_str());
  if (number >= 0) return number;
  auto found = numbers.find(name);
  return found == numbers.end() ? number : found->second;
}

// Skip a name without a number, as OCI runtimes do: the default action applies.
SeccompProgram add_rule(scmp_filter_ctx context, const SeccompRule& rule,
                        const std::map<std::string, int>& numbers) {
  std::vector<scmp_arg_cmp> args;
  for (const SeccompArgument& arg : rule.args)
    args.push_back({arg.index, static_cast<scmp_compare>(arg.op), arg.value, arg.value_two});
  for (const std::string& name : rule.names) {
    int number = number_of(name, numbers);
    if (number == __NR_SCMP_ERROR) continue;
    auto count = static_cast<unsigned>(args.size());
    int added = seccomp_rule_add_array(context, rule.action, number, count, args.data());
    if (added < 0 && added != -EDOM) return refused("seccomp_rule_add " + name, added);
  }
  return {};
}

SeccompProgram exported(scmp_filter_ctx context) {
  OwnedFd fd(memfd_create("seccomp", MFD_CLOEXEC));
  if (!fd.ok()) return refused("memfd_create", errno);
  int error = seccomp_export_bpf(context, fd.get());
  if (error < 0) return refused("seccomp_export_bpf", error);
  off_t size = lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return refused("lseek", errno);
  SeccompProgram program;
  program.bytes.resize(static_cast<size_t>(size));
  ssize_t got = pread(fd.get(), program.bytes.data(), program.bytes.size(), 0);
  if (got != size) return refused("pread", got < 0 ? errno : EIO);
  return program;
}

}  // namespace

// SCMP_ACT_KILL_PROCESS, Linux 4.14. Without a probe of the present kernel: a build for another
// processor runs under an emulator that has no seccomp(2).
constexpr unsigned API_LEVEL = 3;

SeccompProgram compile_seccomp(const SeccompProfile& profile) {
  if (int error = seccomp_api_set(API_LEVEL); error < 0) return refused("seccomp_api_set", error);
  Filter filter(profile.default_action);
  if (!filter.context) return refused("seccomp_init", EINVAL);
  // no_new_privs is a separate operation; a binary tree keeps common calls cheap.
  const std::pair<scmp_filter_attr, uint32_t> attributes[] = {
      {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
      {SCMP_FLTATR_CTL_NNP, 0},
      {SCMP_FLTATR_CTL_OPTIMIZE, 2},
  };
  for (auto [attribute, value] : attributes) {
    int set = seccomp_attr_set(filter.context, attribute, value);
    if (set < 0) return refused("seccomp_attr_set", set);
  }
  for (const SeccompRule& rule : profile.rules) {
    SeccompProgram wrong = add_rule(filter.context, rule, profile.numbers);
    if (wrong.error) return wrong;
  }
  return exported(filter.context);
}
