// bench-workload: the one program that every target runs, static, so that only what is around it
// differs.
#define _GNU_SOURCE
#include "workload.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void ready(void) {
  static const char line[] = "ready\n";
  if (write(1, line, sizeof line - 1) < 0) _exit(1);
}

static int usage(void) {
  fprintf(stderr,
          "usage: bench-workload MODE\n"
          "  hello               one line, and the end\n"
          "  wait                one line, and one more for each SIGUSR1, until SIGTERM\n"
          "  serve PORT          HTTP/1.1 on all addresses, one thread\n"
          "  calls SECONDS       what system calls cost, as JSON\n"
          "  exit                the end, at once\n");
  return 2;
}

static void end(int number) {
  (void)number;
  _exit(0);
}

static void answer(int number) {
  (void)number;
  ready();
}

int main(int argc, char** argv) {
  if (argc < 2) return usage();
  const char* mode = argv[1];
  // PID 1 of a namespace gets only the signals that it has a handler for.
  signal(SIGTERM, end);
  signal(SIGUSR1, answer);
  signal(SIGPIPE, SIG_IGN);
  if (strcmp(mode, "exit") == 0) return 0;
  if (strcmp(mode, "hello") == 0) return ready(), 0;
  if (strcmp(mode, "wait") == 0) {
    ready();
    for (;;) pause();
  }
  if (strcmp(mode, "serve") == 0) return serve(argc - 2, argv + 2);
  if (strcmp(mode, "calls") == 0) return calls(argc - 2, argv + 2);
  return usage();
}
