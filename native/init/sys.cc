// Raw system calls on x86-64 and arm64, the entry point, and functions that the compiler calls
// implicitly.
#include "sys.h"

#include <linux/time.h>
#include <linux/time_types.h>

namespace sys {

long call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc #0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
#else
#error "x86-64 and arm64 only"
#endif
}

void exit(int code) {
  for (;;) invoke(__NR_exit_group, code);
}

uint64_t now_ns() {
  __kernel_timespec now = {};
  invoke(__NR_clock_gettime, CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

}  // namespace sys

extern "C" {
void* memcpy(void* to, const void* from, size_t count) {
  char* t = (char*)to;
  const char* f = (const char*)from;
  while (count--) *t++ = *f++;
  return to;
}
void* memset(void* to, int value, size_t count) {
  char* t = (char*)to;
  while (count--) *t++ = (char)value;
  return to;
}
void* memmove(void* to, const void* from, size_t count) {
  char* t = (char*)to;
  const char* f = (const char*)from;
  if (t < f) return memcpy(to, from, count);
  while (count--) t[count] = f[count];
  return to;
}
int memcmp(const void* a, const void* b, size_t count) {
  const unsigned char* x = (const unsigned char*)a;
  const unsigned char* y = (const unsigned char*)b;
  for (; count--; x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

[[noreturn]] void init_main();

#if defined(__x86_64__)
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call init_main\n");
#else
asm(".globl _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  bl init_main\n");
#endif
}
