// The C baseline: one container's life cycle as plain C, to know what the kernel alone costs. Its
// shared declarations.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

enum { LANES_MAX = 60 };

struct pace {
  long count, warmup, gap_ms, lanes, first;  // number of the first run: names are made from it
};

struct container {
  const char *rootfs, *hosts;
  bool limits, veth;
  int owner, lane;  // process that measures: names are made from it
  long number;
  struct sock_fprog filter;
};

// Where groups are made: one directory per v1 hierarchy, or one for v2. Found once, before the
// first cycle.
enum { GROUPS_MAX = 5 };
struct groups {
  bool unified;
  int count;
  char root[GROUPS_MAX][256];
  char controllers[GROUPS_MAX][128];
  char path[GROUPS_MAX][384];
};
extern struct groups groups;

// The first thing that failed, and its errno. The vforked child shares the memory, so the parent
// can name its failures.
extern const char* failure;
extern int failure_errno;
bool failed(const char* what);
void report_failure(void);
bool write_file(const char* path, const char* text, int flags);

int run_samples(const struct pace* pace, bool (*once)(void* context, int lane, long number),
                void* context);

bool find_groups(void);
bool make_groups(const struct container* container);
bool join_groups(void);
bool remove_groups(void);

bool mount_everything(const char* rootfs, const char* hosts);
bool change_root(void);

void print_allowed(void);
bool compile_filter(struct sock_fprog* filter);
bool drop_privileges(const struct sock_fprog* filter);

bool open_host_link_socket(void);
bool links_up(const struct container* container);
