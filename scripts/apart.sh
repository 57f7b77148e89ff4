#!/bin/sh
# apart.sh COMMAND…: runs COMMAND in new network and UTS namespaces, with /sys of that network. A
# subject without its own namespaces then cannot change the name or take a port of this machine.
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --net --uts --mount --propagation private sh -c '
  ip link set lo up
  groups=$(mktemp -d) && mount --rbind /sys/fs/cgroup "$groups" && mount -t sysfs sysfs /sys &&
    mount --rbind "$groups" /sys/fs/cgroup && umount -l "$groups" && rmdir "$groups" || exit
  exec "$@"
' sh "$@"
