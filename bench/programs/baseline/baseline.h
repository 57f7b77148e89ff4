// The C baseline: one container's life cycle as plain C, to know what the kernel alone costs. Its
// shared declarations.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANES_MAX = 60 };

// Runs to time. `once` gets the series, its lane, and its number, which names are made from.
struct series {
  long count, warmup, gap_ms;
  int lanes;
  bool (*once)(const struct series*, int lane, long number);
  union {
    char* const* command;
    const struct container* container;
  };
};

struct container {
  const char *rootfs, *hosts;
  bool veth;
  int owner, lane;  // process that measures: names are made from it
  long number;
  struct sock_fprog filter;
};

// The first thing that failed, and its errno. The vforked child shares the memory, so the parent
// can name its failures. `report_failure` returns the exit code.
extern char failure[];
bool failed(const char* what);
int report_failure(void);
bool write_file(const char* path, const char* text, int flags);

int run_series(const struct series* series);

// Cgroups are made in directories of hierarchies; `cloned_into` is for v2. A setting, FILE=VALUE,
// goes to the cgroup added last.
bool add_group(const char* directory, bool cloned_into);
bool add_setting(char* setting);
bool make_groups(const struct container* container);
bool clones_into_group(void);
int group_to_clone_into(void);
bool join_groups(void);
bool remove_groups(void);

// Whether the kernel can; probed once, before any container.
bool makes_mount_namespaces(void);
bool mount_everything(const char* rootfs, const char* hosts);
bool change_root(void);

bool read_filter(const char* path, struct sock_fprog* filter);
bool drop_privileges(const struct sock_fprog* filter);

// Flags of clone3(2) for the container's end that the kernel knows: asked once, before any
// container. 0 before that.
void ask_for_life_flags(bool cloned_into);
uint64_t life_flags(void);
// Waits for the container, which must exit with 0. Closes both descriptors.
bool wait_for(int pidfd, int group);

bool open_host_link_socket(void);
bool links_up(const struct container* container);
