// Paces the runs and prints what each took, as NDJSON, after the last one: printing must not
// disturb what is measured.
#include "baseline.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char* failure;
int failure_errno;
static volatile sig_atomic_t stop;

bool failed(const char* what) {
  if (!failure) {
    failure = what;
    failure_errno = errno;
  }
  return false;
}

void report_failure(void) {
  fprintf(stderr, failure_errno == 0 ? "bench-baseline: %s\n" : "bench-baseline: %s: %s\n", failure,
          strerror(failure_errno));
}

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

static long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int lane_run(const struct pace* pace, int lane, long* samples,
                    bool (*once)(void*, int, long), void* context) {
  const struct timespec gap = {.tv_sec = pace->gap_ms / 1000,
                               .tv_nsec = pace->gap_ms % 1000 * 1000000L};
  for (long run = -pace->warmup; run < pace->count && !stop; run++) {
    if (pace->gap_ms > 0) nanosleep(&gap, NULL);
    const long start = now_ns();
    const bool done = once(context, lane, pace->first + run + pace->warmup);
    const long took = now_ns() - start;
    if (!done) {
      report_failure();
      return 1;
    }
    if (run >= 0 && samples) samples[run] = took;
  }
  return stop ? 130 : 0;
}

// In a lane: the warm-up, a byte when it is done, and the counted runs once the gate is closed.
static int lane_process(const struct pace* pace, int lane, int ready, int gate,
                        bool (*once)(void*, int, long), void* context) {
  struct pace warm = *pace, counted = *pace;
  char byte = 0;
  warm.count = 0;
  counted.warmup = 0;
  counted.first = pace->warmup;
  const int code = lane_run(&warm, lane, NULL, once, context);
  if (code != 0) return code;
  if (write(ready, &byte, 1) != 1 || read(gate, &byte, 1) < 0) return stop ? 130 : 1;
  return lane_run(&counted, lane, NULL, once, context);
}

static void end_lanes(const struct pace* pace, const pid_t* lanes) {
  for (int lane = 0; lane < pace->lanes; lane++) {
    if (lanes[lane] > 0) kill(lanes[lane], SIGTERM);
  }
}

// Each lane a process of its own, released at the same moment when all are warm: what is counted is
// the time until the last one is done.
static int lanes_run(const struct pace* pace, bool (*once)(void*, int, long), void* context) {
  int gate[2], ready[2];
  pid_t lanes[LANES_MAX];
  if (pipe(gate) < 0 || pipe(ready) < 0) return 1;
  for (int lane = 0; lane < pace->lanes; lane++) {
    if ((lanes[lane] = fork()) != 0) continue;
    close(gate[1]);
    close(ready[0]);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    _exit(lane_process(pace, lane, ready[1], gate[0], once, context));
  }
  char bytes[LANES_MAX];
  close(ready[1]);
  for (ssize_t warm = 0, more = 1; warm < pace->lanes && more > 0; warm += more)
    more = read(ready[0], bytes, sizeof bytes);
  if (stop) end_lanes(pace, lanes);
  const long start = now_ns();
  close(gate[1]);
  int worst = 0;
  for (int status;;) {
    if (wait(&status) < 0) {
      if (errno != EINTR) break;
      end_lanes(pace, lanes);
      continue;
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (code > worst) worst = code;
  }
  if (worst == 0)
    printf("{\"lanes\":%ld,\"runs\":%ld,\"ns\":%ld}\n", pace->lanes, pace->lanes * pace->count,
           now_ns() - start);
  return worst;
}

// Runs `once` as `pace` says. A signal ends the series after the run at hand, so nothing is left
// half made.
int run_samples(const struct pace* pace, bool (*once)(void*, int, long), void* context) {
  const struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (pace->lanes > 1) return lanes_run(pace, once, context);
  long* samples = calloc((size_t)pace->count, sizeof *samples);
  if (!samples) return 1;
  const int code = lane_run(pace, 0, samples, once, context);
  for (long run = 0; code == 0 && run < pace->count; run++) printf("{\"ns\":%ld}\n", samples[run]);
  free(samples);
  return code;
}
