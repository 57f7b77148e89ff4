// bench-baseline: times N life cycles of a container, or N runs of a command. The cycle makes the
// system calls that the runtime makes for `/bin/true`, with nothing between them: clone3 as vfork,
// all set-up in the child, one wait, and the undoing.
#include "baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../native/core/clone3.h"

static const char usage[] =
    "usage: bench-baseline PACE --rootfs DIR --filter FILE [--veth] [GROUP…]\n"
    "       bench-baseline PACE -- COMMAND [ARG…]      ({} becomes the lane's number)\n"
    "PACE: [--count N] [--warmup N] [--gap-ms MS] [--lanes N]\n"
    "GROUP: --group DIR (v1) or --clone-into DIR (v2), then [--set FILE=VALUE]…\n"
    "FILE: a seccomp filter, struct sock_filter[].\n"
    "Prints nanoseconds per run as NDJSON; with more than one lane, one line for all of them.\n";

static const char state_root[] = "/run/terrarium-bench";
static char journal_text[6145];
static const char hosts_text[] =
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "
    "ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n127.0.1.1\tbench\n";
static char child_stack[65536] __attribute__((aligned(16)));
extern char** environ;

static int inside(void* argument) {
  static char* const arguments[] = {"/bin/true", NULL};
  static char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
  const struct container* container = argument;
  if (join_groups() && (syscall(SYS_unshare, CLONE_NEWCGROUP) == 0 || failed("unshare")) &&
      (setsid() > 0 || failed("setsid")) && mount_everything(container->rootfs, container->hosts) &&
      change_root() && (sethostname("bench", 5) == 0 || failed("sethostname")) &&
      links_up(container) && drop_privileges(&container->filter) && close_range(3, ~0U, 0) == 0)
    execve(arguments[0], arguments, environment);
  failed("execve");
  return 125;
}

static uint64_t mount_flag = CLONE_NEWNS;

// `group`: of v2, and -1 on v1; for the one that waits.
static bool spawn_child(struct container* container, int* pidfd, int* group) {
  struct clone_args args = {
      .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_PIDFD | CLONE_VM |
               CLONE_VFORK | mount_flag | life_flags(),
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = life_flags() & CLONE_AUTOREAP ? 0 : SIGCHLD,
      .stack = (uint64_t)(uintptr_t)child_stack,
      .stack_size = sizeof child_stack,
  };
  *group = group_to_clone_into();
  if (failure[0] != '\0') return false;
  if (*group >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)*group;
  }
  const long pid = clone3_call(&args, inside, container);
  if (pid >= 0) return true;
  errno = (int)-pid;
  return failed("clone3");
}

static bool cycle(const struct series* series, int lane, long number) {
  struct container container = *series->container;
  char draft[128], journal[128], hosts[128];
  int pidfd = -1, group = -1;
  container.owner = getpid();
  container.lane = lane;
  container.number = number;
  snprintf(draft, sizeof draft, "%s/.%d-%ld", state_root, container.owner, number);
  snprintf(journal, sizeof journal, "%s/%d-%ld.journal", state_root, container.owner, number);
  snprintf(hosts, sizeof hosts, "%s/%d-%ld.hosts", state_root, container.owner, number);
  container.hosts = hosts;
  bool done = write_file(draft, journal_text, O_CREAT | O_EXCL) &&
              (link(draft, journal) == 0 || failed(journal));
  unlink(draft);
  done = done && write_file(hosts, hosts_text, O_CREAT | O_EXCL) && make_groups(&container) &&
         spawn_child(&container, &pidfd, &group);
  if (pidfd >= 0) done = wait_for(pidfd, group) && done;
  done = remove_groups() && done;
  if (unlink(hosts) < 0) done = failed(hosts);
  if (unlink(journal) < 0) done = failed(journal);
  return done;
}

static posix_spawn_file_actions_t quiet;  // standard output is for the figures

static bool run_command(const struct series* series, int lane, long number) {
  char* const* pattern = series->command;
  char *arguments[64], numbered[64][256];
  pid_t pid;
  int status, at = 0;
  (void)number;
  for (; pattern[at] && at < 63; at++) {
    const char* mark = strstr(pattern[at], "{}");
    arguments[at] = pattern[at];
    if (!mark) continue;
    snprintf(numbered[at], sizeof numbered[at], "%.*s%d%s", (int)(mark - pattern[at]), pattern[at],
             lane, mark + 2);
    arguments[at] = numbered[at];
  }
  arguments[at] = NULL;
  errno = posix_spawnp(&pid, arguments[0], &quiet, NULL, arguments, environ);
  if (errno != 0) return failed(pattern[0]);
  if (waitpid(pid, &status, 0) < 0) return failed("waitpid");
  errno = 0;
  return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
         failed("the command did not exit with 0");
}

static int run_cycles(const struct series* series) {
  memset(journal_text, 'j', sizeof journal_text - 1);
  if (mkdir(state_root, 0700) < 0 && errno != EEXIST) failed(state_root);
  if (makes_mount_namespaces()) mount_flag = 0;
  ask_for_life_flags(clones_into_group());
  if (failure[0] != '\0' || !open_host_link_socket()) return report_failure();
  const int code = run_series(series);
  rmdir(state_root);  // the last one out: fails while another measures
  return code;
}

int main(int count, char** words) {
  static const struct option options[] = {
      {"count", required_argument, NULL, 'c'},
      {"warmup", required_argument, NULL, 'w'},
      {"gap-ms", required_argument, NULL, 'g'},
      {"lanes", required_argument, NULL, 'l'},
      {"rootfs", required_argument, NULL, 'r'},
      {"filter", required_argument, NULL, 'f'},
      {"veth", no_argument, NULL, 'v'},
      {"group", required_argument, NULL, '1'},
      {"clone-into", required_argument, NULL, '2'},
      {"set", required_argument, NULL, 's'},
      {0},
  };
  struct container container = {0};
  struct series series = {.count = 100, .warmup = 3, .lanes = 1, .once = cycle};
  series.container = &container;
  bool known = true;
  for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) {
    switch (option) {
      case 'c': series.count = atol(optarg); break;
      case 'w': series.warmup = atol(optarg); break;
      case 'g': series.gap_ms = atol(optarg); break;
      case 'l': series.lanes = atoi(optarg); break;
      case 'r': container.rootfs = optarg; break;
      case 'f':
        if (!read_filter(optarg, &container.filter)) return report_failure();
        break;
      case 'v': container.veth = true; break;
      case '1': known = add_group(optarg, false) && known; break;
      case '2': known = add_group(optarg, true) && known; break;
      case 's': known = add_setting(optarg) && known; break;
      default: known = false;
    }
  }
  if (!known || series.count < 1 || series.lanes < 1 || series.lanes > LANES_MAX)
    return fputs(usage, stderr), 2;
  if (optind < count) {
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    series.once = run_command;
    series.command = words + optind;
    return run_series(&series);
  }
  if (!container.rootfs || !container.filter.len) return fputs(usage, stderr), 2;
  return run_cycles(&series);
}
