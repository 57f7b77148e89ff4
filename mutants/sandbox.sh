#!/bin/sh
# sandbox.sh CHECKOUT GROUP SCRATCH COMMAND…: runs a command where a runtime without isolation can
# damage only the sandbox. docs/mutants.md describes how.
set -eu
checkout=$1 group=$2 scratch=$3
here=${0%/*}
hierarchies() { sed -n 's/^\S* \S* \S* \S* \(\S*\) .* - cgroup2\? .*/\1/p' /proc/self/mountinfo; }
isV2() { [ -e "$1/cgroup.controllers" ]; }

# Enters a cgroup of that name in every hierarchy: all later cgroups are below it.
join_groups() {
  for root in $(hierarchies); do
    if isV2 "$root"; then
      for name in $(cat "$root/cgroup.controllers"); do
        echo "+$name" >"$root/cgroup.subtree_control" || :
      done
    fi
    mkdir "$root/$group"
    # A v1 cpuset accepts no process until both lists are set.
    if [ -e "$root/$group/cpuset.mems" ] && ! isV2 "$root"; then
      cat "$root/cpuset.cpus" >"$root/$group/cpuset.cpus"
      cat "$root/cpuset.mems" >"$root/$group/cpuset.mems"
    fi
    # The CPU share of several processes: runs outside a sandbox have that, too.
    [ ! -e "$root/$group/cpu.shares" ] || echo 6144 >"$root/$group/cpu.shares"
    [ ! -e "$root/$group/cpu.weight" ] || echo 600 >"$root/$group/cpu.weight"
    [ ! -e "$root/$group/pids.max" ] || echo 8192 >"$root/$group/pids.max"
    echo 0 >"$root/$group/cgroup.procs"
  done
}

# A v2 cgroup with controllers in its children has no processes: leave the root.
join_leaf() {
  for root in $(hierarchies); do
    isV2 "$root" || continue
    mkdir "$root/$group/runner"
    echo 0 >"$root/$group/runner/cgroup.procs"
  done
}

# An overlay of everything on disk; its own /dev, /tmp and /run; the cgroups below ours.
make_root() {
  mount -t tmpfs -o size=4g tmpfs "$scratch"
  new=$scratch/root
  overlay / "$new"
  [ -e "$new$checkout/package.json" ] || overlay "$checkout" "$new$checkout"
  mount -t proc proc "$new/proc"
  mount -t sysfs sysfs "$new/sys"
  for name in dev tmp run; do mount -t tmpfs -o mode=755 tmpfs "$new/$name"; done
  chmod 1777 "$new/tmp"
  cp -ax /dev/. "$new/dev"
  mkdir -p "$new/dev/pts" "$new/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$new/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$new/dev/shm"
  isV2 /sys/fs/cgroup || mount -t tmpfs -o mode=755 tmpfs "$new/sys/fs/cgroup"
  for root in $(hierarchies); do
    mkdir -p "$new$root"
    mount --bind "$root/$group" "$new$root"
  done
}

# overlay LOWER POINT: writes go to the tmpfs.
overlay() {
  upper=$(mktemp -d "$scratch/upper-XXXX")
  chmod 755 "$upper"
  mkdir -p "$upper/made" "$upper/work" "$2"
  mount -t overlay -o "lowerdir=$1,upperdir=$upper/made,workdir=$upper/work" overlay "$2"
}

case ${STAGE-groups} in
  groups)
    join_groups
    STAGE=leaf exec unshare --cgroup sh "$here/sandbox.sh" "$@"
    ;;
  leaf)
    join_leaf
    STAGE=root exec unshare --pid --fork --kill-child --uts --ipc --net --mount \
      --propagation private sh "$here/sandbox.sh" "$@"
    ;;
  root)
    make_root
    cd "$new"
    pivot_root . mnt
    umount -l /mnt
    ip link set lo up
    shift 3
    unset STAGE
    cd "$checkout"
    exec "$@"
    ;;
esac
