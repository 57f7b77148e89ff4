#!/bin/sh
# enter.sh ROOT HOSTNAME CACHES COMMAND…: runs COMMAND in the root file system ROOT, as a child of
# its PID 1, on this kernel and its cgroups. Call it in new PID, mount and UTS namespaces; a new
# network namespace has no network. Downloads of apt and npm are kept in CACHES.
set -eu
root=$1 name=$2 caches=$3
shift 3
hostname "$name"
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p "$caches/apt/partial" "$caches/npm" root/.npm .before
mount --bind "$caches/apt" var/cache/apt/archives
mount --bind "$caches/npm" root/.npm
[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >etc/resolv.conf
printf '127.0.0.1 localhost %s\n' "$name" >etc/hosts
ip link set lo up
pivot_root . .before
# The shell stays, since as PID 1 it must reap orphans.
# shellcheck disable=SC2016 # expanded by the inner shell
exec chroot . /bin/sh -c 'umount -l /.before && rmdir /.before || exit; cd /; "$@"; exit $?' sh "$@"
