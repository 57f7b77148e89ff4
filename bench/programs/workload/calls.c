// What system calls cost here: each in a loop for a while, nanoseconds per turn.
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int ping[2], pong[2];

static void call_getpid(void) { syscall(SYS_getpid); }

static void call_open_close(void) {
  int fd = open("/bin/bench-workload", O_RDONLY);
  if (fd < 0) exit(1);
  close(fd);
}

static void call_fault(void) {
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) exit(1);
  *page = 1;
  munmap(page, 4096);
}

static void call_fork_exec(void) {
  pid_t child = vfork();
  if (child == 0) {
    execl("/bin/bench-workload", "bench-workload", "exit", NULL);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) exit(1);
}

static void* answer(void* unused) {
  char byte;
  while (read(ping[0], &byte, 1) == 1 && write(pong[1], &byte, 1) == 1) continue;
  return unused;
}

/** To another thread and back: two switches where there is one processor. */
static void call_switch(void) {
  char byte = 0;
  if (write(ping[1], &byte, 1) != 1 || read(pong[0], &byte, 1) != 1) exit(1);
}

static double each(void (*call)(void), int batch, double seconds) {
  long long start = now_ns(), end = start + (long long)(seconds * 1e9), now = start;
  long turns = 0;
  do {
    for (int i = 0; i < batch; i++) call();
    turns += batch;
  } while ((now = now_ns()) < end);
  return (double)(now - start) / (double)turns;
}

int calls(int argc, char** argv) {
  double seconds = argc == 1 ? atof(argv[0]) : 0;
  pthread_t thread;
  if (seconds <= 0) return fprintf(stderr, "usage: calls SECONDS\n"), 2;
  if (pipe2(ping, 0) < 0 || pipe2(pong, 0) < 0 || pthread_create(&thread, NULL, answer, NULL) != 0)
    return perror("pipe"), 1;
  ready();
  printf("{\"getpid\":%.1f,", each(call_getpid, 1000, seconds));
  printf("\"openClose\":%.1f,", each(call_open_close, 100, seconds));
  printf("\"pageFault\":%.1f,", each(call_fault, 100, seconds));
  printf("\"switch\":%.1f,", each(call_switch, 100, seconds));
  printf("\"forkExec\":%.1f}\n", each(call_fork_exec, 1, seconds));
  return 0;
}
