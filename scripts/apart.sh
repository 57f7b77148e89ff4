#!/bin/sh
# apart.sh COMMAND…: in a network and a UTS namespace of its own, with /sys of that network. A
# program under examination that has none of its own changes no name and takes no port of this
# machine.
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --net --uts --mount --propagation private sh -c '
  ip link set lo up
  groups=$(mktemp -d) && mount --rbind /sys/fs/cgroup "$groups" && mount -t sysfs sysfs /sys &&
    mount --rbind "$groups" /sys/fs/cgroup && umount -l "$groups" && rmdir "$groups" || exit
  exec "$@"
' sh "$@"
