// An HTTP server as small as it can be honest: one thread, epoll, keep-alive. For each answer it
// sums up 4 KiB, some microseconds of work, so that it and not its client is what runs out of
// processor first.
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, BUFFER = 4096, PAGE = 4096 };
static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 17\r\n\r\n";
static unsigned char page[PAGE];

static int listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return -1;
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, MOST) < 0)
    return -1;
  return listener;
}

static void take_all(int listener, int poll) {
  for (;;) {
    int on = 1, connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (connection < 0) return;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = connection};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, connection, &event) < 0) close(connection);
  }
}

/** FNV-1a, 64 bits, of the page, which is another one each time. */
static unsigned long long sum_up(void) {
  unsigned long long sum = 0xcbf29ce484222325;
  for (int i = 0; i < PAGE; i++) sum = (sum ^ page[i]) * 0x100000001b3;
  page[sum % PAGE]++;
  return sum;
}

/**
 * Answers each request whose head ends in what was read. A head that is split over two reads is
 * not: clients here send it in one.
 */
static void answer(int connection) {
  char text[BUFFER + 1];
  ssize_t got = read(connection, text, BUFFER);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    close(connection);
    return;
  }
  text[got] = 0;
  for (const char* at = text; (at = strstr(at, "\r\n\r\n")) != NULL; at += 4) {
    char reply[128];
    int length = snprintf(reply, sizeof reply, "%s%016llx\n", HEAD, sum_up());
    if (write(connection, reply, (size_t)length) < 0) break;
  }
}

int serve(int argc, char** argv) {
  if (argc != 1) return fprintf(stderr, "usage: serve PORT\n"), 2;
  int listener = listen_on(atoi(argv[0])), poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
  if (listener < 0) return perror("listen"), 1;
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0) return perror("epoll"), 1;
  ready();
  for (;;) {
    int count = epoll_wait(poll, events, 64, -1);
    if (count < 0 && errno != EINTR) return perror("epoll_wait"), 1;
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener) take_all(listener, poll);
      else answer(events[i].data.fd);
    }
  }
}
