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

int burn(int argc, char **argv) {
  double seconds = argc == 1 ? atof(argv[0]) : 0;
  if (seconds <= 0) return fprintf(stderr, "usage: burn SECONDS\n"), 2;
  ready();
  long long start = now_ns(), now = start;
  double before = cpu_seconds();
  volatile unsigned long work = 0;
  unsigned long turns = 0;
  while ((double)((now = now_ns()) - start) < seconds * 1e9) {
    for (int i = 0; i < 100000; i++) work += (unsigned long)i;
    turns++;
  }
  printf("{\"cpuS\":%.4f,\"wallS\":%.4f,\"turns\":%lu}\n", cpu_seconds() - before, (double)(now - start) / 1e9, turns);
  return 0;
}

int hog(int argc, char **argv) {
  long most = argc == 1 ? atol(argv[0]) : 0;
  if (most <= 0) return fprintf(stderr, "usage: hog MIB\n"), 2;
  ready();
  for (long done = 1; done <= most; done++) {
    char *block = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return printf("refused %ld\n", done), 1;
    for (long at = 0; at < MIB; at += 4096) block[at] = 1;
    printf("touched %ld\n", done);
    fflush(stdout); // now: SIGKILL would take what is still in the buffer
  }
  return 0;
}
