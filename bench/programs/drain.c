/* Runs a command on a pseudo-terminal of its own and reads all that it writes, as fast as it comes.
 * usage: drain COMMAND [ARGUMENT…]; prints bytes and nanoseconds from before the fork on. */
#define _GNU_SOURCE
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

int main(int argc, char** argv) {
  static char buffer[65536];
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  long long bytes = 0;
  if (argc < 2) {
    fprintf(stderr, "usage: drain COMMAND [ARGUMENT...]\n");
    return 2;
  }
  long long start = now_ns();
  int master;
  pid_t child = forkpty(&master, NULL, NULL, &size);
  if (child < 0) {
    perror("forkpty");
    return 125;
  }
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  for (;;) {
    ssize_t got = read(master, buffer, sizeof buffer);
    if (got > 0) bytes += got;
    else if (got == 0 || errno != EINTR) break; /* EIO: nothing has the other side open */
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  printf("%lld %lld\n", bytes, now_ns() - start);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
