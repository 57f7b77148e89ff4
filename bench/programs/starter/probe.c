// The first answer over TCP: one connection, one request, one read.
#define _GNU_SOURCE
#include "starter.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int begin_probe(const char* address) {
  char host[64];
  snprintf(host, sizeof host, "%s", address);
  char* colon = strchr(host, ':');
  if (colon == NULL) return errno = EINVAL, -1;
  *colon = 0;
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
  if (inet_pton(AF_INET, host, &server.sin_addr) != 1) return errno = EINVAL, -1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr*)&server, sizeof server) < 0 && errno != EINPROGRESS)
    return close(fd), -1;
  return fd;
}

bool ask(int fd) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0)
    return errno = error, false;
  return send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0;
}

bool answered(int fd) {
  char text[512];
  return read(fd, text, sizeof text) > 0;
}
