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

#include "../clock.h"

char failure[256];
static int failure_errno;
static volatile sig_atomic_t stop;
static pid_t lanes[LANES_MAX];  // of this process: 0 for none

bool failed(const char* what) {
  if (failure[0] == '\0') {
    failure_errno = errno;
    snprintf(failure, sizeof failure, "%s", what);
  }
  return false;
}

int report_failure(void) {
  fprintf(stderr, failure_errno == 0 ? "bench-baseline: %s\n" : "bench-baseline: %s: %s\n", failure,
          strerror(failure_errno));
  return 1;
}

static void on_signal(int number) {
  if (!stop) {
    for (int lane = 0; lane < LANES_MAX; lane++) {
      if (lanes[lane] > 0) kill(lanes[lane], number);
    }
  }
  stop = 1;
}

static int repeat(const struct series* series, int lane, long first, long count, long long* took) {
  const struct timespec gap = {.tv_sec = series->gap_ms / 1000,
                               .tv_nsec = series->gap_ms % 1000 * 1000000L};
  for (long run = 0; run < count && !stop; run++) {
    if (series->gap_ms > 0) nanosleep(&gap, NULL);
    const long long start = now_ns();
    if (!series->once(series, lane, first + run)) return report_failure();
    if (took) took[run] = now_ns() - start;
  }
  return stop ? 130 : 0;
}

// The warm-up, a pause until all lanes are warm, and the counted runs.
static int run_lane(const struct series* series, int lane) {
  memset(lanes, 0, sizeof lanes);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int code = repeat(series, lane, 0, series->warmup, NULL);
  if (code != 0) return code;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // SIGTERM would not wake it
  raise(SIGSTOP);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return repeat(series, lane, series->warmup, series->count, NULL);
}

// The largest exit code of lanes that have ended.
static int wait_for_lanes(int count, int options) {
  int worst = 0;
  for (int lane = 0, status; lane < count; lane++) {
    if (lanes[lane] <= 0 || waitpid(lanes[lane], &status, options) < 0 || WIFSTOPPED(status))
      continue;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (code > worst) worst = code;
    lanes[lane] = 0;
  }
  return worst;
}

// Each lane is a process; all are released at the same moment. The time counts until the last one
// has finished.
static int run_lanes(const struct series* series) {
  for (int lane = 0; lane < series->lanes; lane++) {
    if ((lanes[lane] = fork()) == 0) _exit(run_lane(series, lane));
    if (lanes[lane] < 0) failed("fork"), report_failure(), on_signal(SIGTERM);
  }
  const int cold = wait_for_lanes(series->lanes, WUNTRACED);
  const long long start = now_ns();
  for (int lane = 0; lane < series->lanes; lane++) {
    if (lanes[lane] > 0) kill(lanes[lane], cold == 0 ? SIGCONT : SIGKILL);
  }
  const int code = wait_for_lanes(series->lanes, 0);
  if (cold != 0 || code != 0) return cold != 0 ? cold : code;
  printf("{\"lanes\":%d,\"runs\":%ld,\"ns\":%lld}\n", series->lanes, series->lanes * series->count,
         now_ns() - start);
  return 0;
}

// A signal ends the series after the run at hand, so nothing is left half made.
int run_series(const struct series* series) {
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (series->lanes > 1) return run_lanes(series);
  long long* took = calloc((size_t)series->count, sizeof *took);
  if (!took) return 1;
  int code = repeat(series, 0, 0, series->warmup, NULL);
  if (code == 0) code = repeat(series, 0, series->warmup, series->count, took);
  for (long run = 0; code == 0 && run < series->count; run++) printf("{\"ns\":%lld}\n", took[run]);
  free(took);
  return code;
}
