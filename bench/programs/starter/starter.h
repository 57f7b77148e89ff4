// What the parts of the starter share: one child each, and the lines it says about them.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FIELDS = 512, NAME = 64 };

struct child {
  char name[NAME];
  pid_t pid;
  int out, err, process, probe;  // descriptors, -1 when closed
  bool seen;                     // its first line
  size_t held;
  char line[4096];
  char address[64];  // to be asked over TCP once the first line is there; empty for none
  struct child* next;
};

/** CLOCK_MONOTONIC, nanoseconds. */
long long now_ns(void);

/**
 * One event: name, kind, nanoseconds of the clock, text; separated by the unit separator, ended by
 * a newline.
 */
void say(const char* name, const char* kind, long long ns, const char* text);

/**
 * vfork, and in the child: join groups, namespace and root, then execute. The fields are those of a
 * `start` request after the name.
 */
bool launch(struct child* child, int count, char** fields);

/** Connects without waiting; the descriptor, or -1 with errno. */
int begin_probe(const char* address);
/**
 * After it became writable: sends a request. After it became readable: whether there was an answer.
 */
bool ask(int fd);
bool answered(int fd);
