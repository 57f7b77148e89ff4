// From a request to a running program: control groups, network namespace and root are joined
// between vfork and execve.
#define _GNU_SOURCE
#include "starter.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct context {
  char* groups[16];  // tasks or cgroup.procs files
  int group_count;
  const char *network, *mounts, *root;
};

static int join(const char* path, int type) {
  if (path == NULL) return 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, type) < 0) return errno;
  close(fd);
  return 0;
}

/** In the child, which shares our memory: system calls only. */
static int become(const struct context* context, char** argv, int out, int err) {
  if (setsid() < 0) return errno;
  for (int i = 0; i < context->group_count; i++) {
    int fd = open(context->groups[i], O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) < 0) return errno;
    close(fd);
  }
  int error = join(context->network, CLONE_NEWNET);
  if (error == 0) error = join(context->mounts, CLONE_NEWNS);
  if (error != 0) return error;
  if (context->root != NULL && (chroot(context->root) < 0 || chdir("/") < 0)) return errno;
  int in = open("/dev/null", O_RDONLY);
  if (in < 0) in = open("/", O_RDONLY | O_DIRECTORY);
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) return errno;
  if (in > 2) close(in);
  execvp(argv[0], argv);
  return errno;
}

static void read_context(struct child* child, struct context* context, int* count, char*** fields) {
  for (; *count > 0 && strcmp(**fields, "--") != 0; --*count, ++*fields) {
    char* field = **fields;
    if (strncmp(field, "net=", 4) == 0) context->network = field + 4;
    else if (strncmp(field, "mnt=", 4) == 0) context->mounts = field + 4;
    else if (strncmp(field, "root=", 5) == 0) context->root = field + 5;
    else if (strncmp(field, "tcp=", 4) == 0)
      snprintf(child->address, sizeof child->address, "%s", field + 4);
    else if (strncmp(field, "group=", 6) == 0 && context->group_count < 16)
      context->groups[context->group_count++] = field + 6;
  }
}

bool launch(struct child* child, int count, char** fields) {
  struct context context = {0};
  int out[2], err[2];
  read_context(child, &context, &count, &fields);
  if (count < 2) return errno = EINVAL, false;
  if (pipe2(out, O_CLOEXEC) < 0) return false;
  if (pipe2(err, O_CLOEXEC) < 0) return close(out[0]), close(out[1]), false;
  volatile int failure = 0;
  char** argv = fields + 1;
  long long start = now_ns();
  pid_t pid = vfork();
  if (pid == 0) {
    failure = become(&context, argv, out[1], err[1]);
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  child->pid = pid, child->out = out[0], child->err = err[0];
  if (pid < 0) return false;
  child->process = (int)syscall(SYS_pidfd_open, pid, 0);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  char text[32];
  snprintf(text, sizeof text, "%d", pid);
  say(child->name, "start", start, text);
  if (failure != 0) say(child->name, "err", now_ns(), strerror(failure));
  return true;
}
