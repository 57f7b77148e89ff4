// What a limit lets through: processor time and memory, as the limited program itself gets them.
#define _GNU_SOURCE
#include "workload.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { MIB = 1024 * 1024 };

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void burn(double seconds) {
  long long start = now_ns(), now = start;
  double before = cpu_seconds();
  volatile unsigned long work = 0;
  while ((double)((now = now_ns()) - start) < seconds * 1e9)
    for (int i = 0; i < 100000; i++) work += (unsigned long)i;
  printf("{\"cpuS\":%.4f,\"wallS\":%.4f}\n", cpu_seconds() - before, (double)(now - start) / 1e9);
  fflush(stdout);  // now: SIGKILL would take what is still in the buffer
}

static int hog(long most) {
  for (long done = 1; done <= most; done++) {
    char* block = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return printf("refused %ld\n", done), 1;
    for (long at = 0; at < MIB; at += 4096) block[at] = 1;
    printf("touched %ld\n", done);
    fflush(stdout);
  }
  return 0;
}

int limits(int argc, char** argv) {
  double seconds = argc == 2 ? atof(argv[0]) : 0;
  long most = argc == 2 ? atol(argv[1]) : 0;
  if (seconds <= 0 || most <= 0) return fprintf(stderr, "usage: limits SECONDS MIB\n"), 2;
  ready();
  burn(seconds);
  return hog(most);
}
