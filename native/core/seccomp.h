// Seccomp profiles to BPF programs.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/** One comparison of an argument: `op` is an scmp_compare. */
struct SeccompArgument {
  unsigned index;
  uint32_t op;
  uint64_t value;
  uint64_t value_two;
};

/** `action`: SECCOMP_RET_* with its data. All of `args` must hold. */
struct SeccompRule {
  uint32_t action;
  std::vector<std::string> names;
  std::vector<SeccompArgument> args;
};

struct SeccompProfile {
  uint32_t default_action;
  std::vector<SeccompRule> rules;
  /** Numbers of calls that libseccomp may be too old for, by name; negative: not here. */
  std::map<std::string, int> numbers;
};

struct SeccompProgram {
  std::vector<uint8_t> bytes;  // struct sock_filter[]
  int error = 0;
  std::string call;  // the call that failed, with its object
};

/**
 * By libseccomp (linked statically), for the native system calls only: a program for another
 * architecture would see each of them under another number, and is killed.
 */
SeccompProgram compile_seccomp(const SeccompProfile& profile);
