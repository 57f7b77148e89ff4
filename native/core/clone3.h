// The call of clone3(2) itself, for C and C++: there is none in the C library.
#pragma once
#include <linux/sched.h>
#include <sys/syscall.h>

#ifndef CLONE_AUTOREAP  // before Linux 7.1
#define CLONE_AUTOREAP (1ULL << 34)
#define CLONE_NNP (1ULL << 35)
#define CLONE_PIDFD_AUTOKILL (1ULL << 36)
#endif

/**
 * clone3 with a function on a stack of its own, whose result is the child's exit code. With
 * CLONE_VM only `fn` may run there: memory is shared, and the calling thread is suspended.
 */
static inline long clone3_call(struct clone_args* args, int (*fn)(void*), void* argument) {
  long result;
#if defined(__x86_64__)
  register int (*function)(void*) __asm__("r12") = fn;
  register void* parameter __asm__("r13") = argument;
  __asm__ volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r13, %%rdi\n\tcall "
      "*%%r12\n\t"
      "mov %%eax, %%edi\n\tmov %[exit], %%eax\n\tsyscall\n1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args), "r"(function),
        "r"(parameter), [exit] "i"(SYS_exit_group)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_clone3;
  register long x0 __asm__("x0") = (long)args;
  register long x1 __asm__("x1") = sizeof *args;
  register int (*function)(void*) __asm__("x19") = fn;
  register void* parameter __asm__("x20") = argument;
  __asm__ volatile(
      "svc #0\n\tcbnz x0, 1f\n\tmov x29, xzr\n\tmov x0, x20\n\tblr x19\n\tmov x8, %[exit]\n\tsvc "
      "#0\n1:"
      : "+r"(x0)
      : "r"(number), "r"(x1), "r"(function), "r"(parameter), [exit] "i"(SYS_exit_group)
      : "memory", "x30");
  result = x0;
#else
#error "clone3_call is written for x86_64 and aarch64"
#endif
  return result;
}
