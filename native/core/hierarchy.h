// A cgroup hierarchy for a process whose mounts hide it, as those of `ip netns exec` do.
#pragma once
#include <string>
#include <vector>

#include "failure.h"
#include "fd.h"

struct Hierarchy {
  OwnedFd root = OwnedFd();
  Failure failure = {};
};

/**
 * The root of an existing hierarchy, mounted nowhere: this descriptor is the only way to it, and
 * closing it unmounts. `type`: cgroup or cgroup2. `controllers`: exactly those of one v1 hierarchy.
 */
Hierarchy mount_hierarchy(const std::string& type, const std::vector<std::string>& controllers);
