// Control groups on v1 (one group per hierarchy) and v2 (one group): made, limited, joined,
// removed.
#include "baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUPS_MAX = 5, SETTINGS_MAX = 20 };

struct setting {
  const char *file, *value;
};

static struct group {
  const char* directory;
  bool cloned_into;
  char path[384];
  struct setting settings[SETTINGS_MAX];
  int set;
} groups[GROUPS_MAX];
static int count;

bool write_file(const char* path, const char* text, int flags) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
  if (fd < 0) return failed(path);
  const ssize_t length = (ssize_t)strlen(text);
  const bool written = write(fd, text, (size_t)length) == length;
  if (!written) failed(path);
  close(fd);
  return written;
}

bool add_group(const char* directory, bool cloned_into) {
  if (count == GROUPS_MAX) return false;
  groups[count++] = (struct group){.directory = directory, .cloned_into = cloned_into};
  return true;
}

bool add_setting(char* setting) {
  char* value = strchr(setting, '=');
  struct group* group = &groups[count - 1];
  if (!value || count == 0 || group->set == SETTINGS_MAX) return false;
  *value = '\0';
  group->settings[group->set++] = (struct setting){.file = setting, .value = value + 1};
  return true;
}

bool make_groups(const struct container* container) {
  char file[512];
  for (struct group* group = groups; group < groups + count; group++) {
    snprintf(group->path, sizeof group->path, "%s/terrarium-bench-%d-%ld", group->directory,
             container->owner, container->number);
    if (mkdir(group->path, 0755) < 0) return failed(group->path);
    for (int i = 0; i < group->set; i++) {
      snprintf(file, sizeof file, "%s/%s", group->path, group->settings[i].file);
      if (!write_file(file, group->settings[i].value, 0)) return false;
    }
  }
  return true;
}

bool clones_into_group(void) { return groups->cloned_into; }

// A descriptor for CLONE_INTO_CGROUP; -1 on v1.
int group_to_clone_into(void) {
  if (!groups->cloned_into) return -1;
  const int fd = open(groups->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) failed(groups->path);
  return fd;
}

// By the child itself, as `0` to `tasks`: writing a pid to cgroup.procs waits for an RCU grace
// period.
bool join_groups(void) {
  char path[512];
  for (int i = 0; i < count && !groups[i].cloned_into; i++) {
    snprintf(path, sizeof path, "%s/tasks", groups[i].path);
    if (!write_file(path, "0", 0)) return false;
  }
  return true;
}

bool remove_groups(void) {
  bool done = true;
  for (int i = 0; i < count; i++) {
    if (rmdir(groups[i].path) < 0 && errno != ENOENT) done = failed(groups[i].path);
  }
  return done;
}
