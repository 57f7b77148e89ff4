// Control groups on v1 (one group per hierarchy) and v2 (one group): made, limited, joined,
// removed.
#include "baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct groups groups;

struct setting {
  const char *controller, *file, *value;
  bool limit;
};

static const struct setting v1_settings[] = {
    {"memory", "memory.limit_in_bytes", "268435456", true},
    {"memory", "memory.memsw.limit_in_bytes", "268435456", true},
    {"cpu", "cpu.cfs_period_us", "100000", true},
    {"cpu", "cpu.cfs_quota_us", "100000", true},
    {"pids", "pids.max", "64", true},
    {"devices", "devices.deny", "a", false},
    {"devices", "devices.allow", "c *:* m", false},
    {"devices", "devices.allow", "b *:* m", false},
    {"devices", "devices.allow", "c 1:3 rwm", false},
    {"devices", "devices.allow", "c 1:5 rwm", false},
    {"devices", "devices.allow", "c 1:7 rwm", false},
    {"devices", "devices.allow", "c 1:8 rwm", false},
    {"devices", "devices.allow", "c 1:9 rwm", false},
    {"devices", "devices.allow", "c 5:0 rwm", false},
    {"devices", "devices.allow", "c 5:1 rwm", false},
    {"devices", "devices.allow", "c 5:2 rwm", false},
    {"devices", "devices.allow", "c 136:* rwm", false},
};

// What v1 does for devices is a BPF program on v2, which this baseline leaves out.
static const struct setting v2_settings[] = {
    {"memory", "memory.max", "268435456", true},
    {"memory", "memory.swap.max", "0", true},
    {"cpu", "cpu.max", "100000 100000", true},
    {"pids", "pids.max", "64", true},
};

bool write_file(const char* path, const char* text, int flags) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
  if (fd < 0) return failed(path);
  const ssize_t length = (ssize_t)strlen(text);
  const bool written = write(fd, text, (size_t)length) == length;
  if (!written) failed(path);
  close(fd);
  return written;
}

static bool listed(const char* list, const char* word) {
  const size_t length = strlen(word);
  for (const char* at = list; (at = strstr(at, word)) != NULL; at += length) {
    const bool starts = at == list || strchr(", ", at[-1]) != NULL;
    if (starts && strchr(", \n", at[length]) != NULL) return true;
  }
  return false;
}

// Enables, of what we limit, the controllers that this tree has.
static bool use_unified(const char* root) {
  static const char* const wanted[] = {"memory", "cpu", "pids"};
  char file[300], enable[32];
  groups = (struct groups){.unified = true, .count = 1};
  snprintf(groups.root[0], sizeof groups.root[0], "%s", root);
  snprintf(file, sizeof file, "%s/cgroup.controllers", root);
  FILE* list = fopen(file, "re");
  if (!list) return failed("cgroup.controllers");
  if (!fgets(groups.controllers[0], sizeof groups.controllers[0], list))
    groups.controllers[0][0] = '\0';
  fclose(list);
  snprintf(file, sizeof file, "%s/cgroup.subtree_control", root);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    snprintf(enable, sizeof enable, "+%s", wanted[i]);
    if (listed(groups.controllers[0], wanted[i]) && !write_file(file, enable, 0)) return false;
  }
  return true;
}

// From /proc/self/mountinfo (proc_pid_mountinfo(5)): the v1 hierarchies of the controllers we set,
// or else the v2 tree.
bool find_groups(void) {
  static const char* const wanted[] = {"memory", "cpu", "cpuacct", "pids", "devices"};
  FILE* mounts = fopen("/proc/self/mountinfo", "re");
  if (!mounts) return failed("/proc/self/mountinfo");
  char line[1024], root[256], type[32], options[128], unified[256] = "";
  while (fgets(line, sizeof line, mounts)) {
    const char* end = strstr(line, " - ");
    if (!end || sscanf(line, "%*s %*s %*s %*s %255s", root) != 1) continue;
    if (sscanf(end, " - %31s %*s %127s", type, options) != 2) continue;
    if (strcmp(type, "cgroup2") == 0) snprintf(unified, sizeof unified, "%s", root);
    if (strcmp(type, "cgroup") != 0) continue;
    bool use = false;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      use = use || listed(options, wanted[i]);
    if (!use || groups.count == GROUPS_MAX) continue;
    snprintf(groups.root[groups.count], sizeof root, "%s", root);
    snprintf(groups.controllers[groups.count++], sizeof options, "%s", options);
  }
  fclose(mounts);
  if (groups.count > 0) return true;
  errno = ENOENT;
  return unified[0] ? use_unified(unified) : failed("control groups");
}

static bool apply(const struct container* container, int group, const struct setting* settings,
                  size_t count) {
  char path[512];
  for (size_t i = 0; i < count; i++) {
    const struct setting* setting = &settings[i];
    if ((setting->limit && !container->limits) ||
        !listed(groups.controllers[group], setting->controller))
      continue;
    snprintf(path, sizeof path, "%s/%s", groups.path[group], setting->file);
    if (!write_file(path, setting->value, 0)) return false;
  }
  return true;
}

bool make_groups(const struct container* container) {
  for (int i = 0; i < groups.count; i++) {
    snprintf(groups.path[i], sizeof groups.path[i], "%s/terrarium-bench-%d-%ld", groups.root[i],
             container->owner, container->number);
    if (mkdir(groups.path[i], 0755) < 0) return failed(groups.path[i]);
    const bool done =
        groups.unified ? apply(container, i, v2_settings, sizeof v2_settings / sizeof *v2_settings)
                       : apply(container, i, v1_settings, sizeof v1_settings / sizeof *v1_settings);
    if (!done) return false;
  }
  return true;
}

// By the child itself, as `0` to `tasks`: writing a pid to cgroup.procs waits for an RCU grace
// period.
bool join_groups(void) {
  char path[512];
  for (int i = 0; i < groups.count && !groups.unified; i++) {
    snprintf(path, sizeof path, "%s/tasks", groups.path[i]);
    if (!write_file(path, "0", 0)) return false;
  }
  return true;
}

bool remove_groups(void) {
  bool done = true;
  for (int i = 0; i < groups.count; i++) {
    if (rmdir(groups.path[i]) < 0 && errno != ENOENT) done = failed(groups.path[i]);
  }
  return done;
}
