// bench-starter: starts programs on request and reports, to the nanosecond, when each printed,
// answered and ended. No measured time includes Node's spawning. Requests on standard input, events
// on standard output; fields are separated by the unit separator (0x1f):
//   start NAME [group=TASKS]… [net=NETNS] [mnt=MNTNS] [root=DIR] [tcp=IPV4:PORT] -- ARGV…
//   kill NAME SIGNAL
//   NAME start|line|out|err|tcp|exit NANOSECONDS TEXT
#define _GNU_SOURCE
#include "starter.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum source { OUT, ERR, PROCESS, PROBE };

static struct child* children;
static int events_fd;

long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void say(const char* name, const char* kind, long long ns, const char* text) {
  printf("%s\x1f%s\x1f%lld\x1f%s\n", name, kind, ns, text);
  fflush(stdout);
}

/**
 * Children are aligned: the two lowest bits of their address say which of their descriptors it is.
 */
static void watch(struct child* child, int fd, enum source source, uint32_t what) {
  struct epoll_event event = {.events = what, .data.u64 = (uint64_t)(uintptr_t)child | source};
  if (epoll_ctl(events_fd, EPOLL_CTL_ADD, fd, &event) < 0) perror("epoll_ctl"), exit(1);
}

static struct child* named(const char* name) {
  struct child* child = children;
  while (child != NULL && strcmp(child->name, name) != 0) child = child->next;
  return child;
}

static void start(int count, char** fields) {
  struct child* child = aligned_alloc(16, (sizeof *child + 15) / 16 * 16);
  if (child == NULL) perror("bench-starter"), exit(1);
  *child = (struct child){.out = -1, .err = -1, .process = -1, .probe = -1};
  snprintf(child->name, sizeof child->name, "%s", fields[0]);
  if (!launch(child, count - 1, fields + 1)) {
    say(child->name, "err", now_ns(), strerror(errno));
    say(child->name, "exit", now_ns(), "127");
    free(child);
    return;
  }
  child->next = children, children = child;
  watch(child, child->out, OUT, EPOLLIN);
  watch(child, child->err, ERR, EPOLLIN);
  watch(child, child->process, PROCESS, EPOLLIN);
}

static void request(char* line) {
  char* fields[FIELDS];
  int count = 0;
  for (char* field = strsep(&line, "\x1f"); field != NULL && count < FIELDS - 1;
       field = strsep(&line, "\x1f"))
    fields[count++] = field;
  fields[count] = NULL;
  if (count >= 2 && strcmp(fields[0], "start") == 0) start(count - 1, fields + 1);
  struct child* child = count == 3 && strcmp(fields[0], "kill") == 0 ? named(fields[1]) : NULL;
  if (child != NULL && child->process >= 0 && kill(-child->pid, atoi(fields[2])) < 0)
    kill(child->pid, atoi(fields[2]));
}

static void spoke(struct child* child, char* line, enum source source) {
  line[strcspn(line, "\r")] = 0;
  bool first = source == OUT && !child->seen && strcmp(line, "ready") == 0;
  say(child->name, first ? "line" : source == OUT ? "out" : "err", now_ns(), line);
  if (!first) return;
  child->seen = true;
  if (child->address[0] == 0) return;
  child->probe = begin_probe(child->address);
  if (child->probe < 0) say(child->name, "err", now_ns(), strerror(errno));
  else watch(child, child->probe, PROBE, EPOLLOUT);
}

/** Whole lines at once; what has no newline yet waits, standard error does not. */
static void hear(struct child* child, int* fd, enum source source) {
  char text[4096], *line = text;
  ssize_t got = read(*fd, text, sizeof text - 1);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close(*fd);
    *fd = -1;
    return;
  }
  text[got] = 0;
  for (char* part = strsep(&line, "\n"); part != NULL; part = strsep(&line, "\n")) {
    if (source == ERR) {
      if (*part != 0) spoke(child, part, ERR);
      continue;
    }
    size_t length = strnlen(part, sizeof child->line - 1 - child->held);
    memcpy(child->line + child->held, part, length);
    child->held += length;
    child->line[child->held] = 0;
    if (line == NULL) break;  // the rest of the line is still to come
    spoke(child, child->line, OUT);
    child->held = 0;
  }
}

static void probed(struct child* child, uint32_t what) {
  if (what & EPOLLIN) {
    if (answered(child->probe)) say(child->name, "tcp", now_ns(), "");
    else say(child->name, "err", now_ns(), "no answer over TCP");
  } else if (ask(child->probe)) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(uintptr_t)child | PROBE};
    epoll_ctl(events_fd, EPOLL_CTL_MOD, child->probe, &event);
    return;
  } else say(child->name, "err", now_ns(), strerror(errno));
  close(child->probe);
  child->probe = -1;
}

static void ended(struct child* child) {
  char text[32];
  int status = 0;
  long long when = now_ns();
  while (child->out >= 0 && !(errno = 0)) {
    hear(child, &child->out, OUT);
    if (errno == EAGAIN) break;
  }
  while (child->err >= 0 && !(errno = 0)) {
    hear(child, &child->err, ERR);
    if (errno == EAGAIN) break;
  }
  if (waitpid(child->pid, &status, 0) < 0) status = -1;
  snprintf(text, sizeof text, "%d",
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  close(child->process);
  child->process = -1;
  say(child->name, "exit", when, text);
}

/** A child is kept as long as its pipes can still be written to. */
static void forget_ended(void) {
  for (struct child** at = &children; *at != NULL;) {
    struct child* child = *at;
    if (child->process >= 0 || child->out >= 0 || child->err >= 0 || child->probe >= 0) {
      at = &child->next;
      continue;
    }
    *at = child->next;
    free(child);
  }
}

static void handle(struct epoll_event* event) {
  struct child* child = (struct child*)(uintptr_t)(event->data.u64 & ~15ULL);
  switch ((enum source)(event->data.u64 & 15)) {
    case OUT:
      if (child->out >= 0) hear(child, &child->out, OUT);
      break;
    case ERR:
      if (child->err >= 0) hear(child, &child->err, ERR);
      break;
    case PROCESS:
      if (child->process >= 0) ended(child);
      break;
    case PROBE:
      if (child->probe >= 0) probed(child, event->events);
      break;
  }
}

/** Requests that came whole. False at the end of the input. */
static bool listen_for_requests(void) {
  static char text[1 << 18];
  static size_t held;
  ssize_t got = read(0, text + held, sizeof text - 1 - held);
  if (got <= 0) return got < 0 && errno == EINTR;
  held += (size_t)got;
  text[held] = 0;
  char* line = text;
  for (char* end = strchr(line, '\n'); end != NULL; line = end + 1, end = strchr(line, '\n')) {
    *end = 0;
    request(line);
  }
  held -= (size_t)(line - text);
  memmove(text, line, held);
  return true;
}

int main(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0)
    files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);  // Ctrl-C is our reader's to handle
  events_fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event requests = {.events = EPOLLIN, .data.u64 = 0}, events[16];
  if (events_fd < 0 || epoll_ctl(events_fd, EPOLL_CTL_ADD, 0, &requests) < 0)
    return perror("bench-starter"), 1;
  for (;;) {
    int count = epoll_wait(events_fd, events, 16, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u64 != 0) handle(&events[i]);
      else if (!listen_for_requests()) {
        for (struct child* child = children; child != NULL; child = child->next)
          if (child->process >= 0) kill(-child->pid, SIGKILL);
        return 0;
      }
    }
    forget_ended();
  }
}
