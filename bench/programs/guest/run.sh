#!/bin/sh
# /sbin/bench-init of the shared root: the rest of a guest's start, and the workload that its
# kernel's command line names.
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
[ -e /proc/cmdline ] || mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
[ -e /dev/null ] || {
  mount -t tmpfs tmpfs /dev
  mknod /dev/null c 1 3
  mknod /dev/zero c 1 5
  mknod /dev/urandom c 1 9
}
for word in $(cat /proc/cmdline); do
  case $word in
    bench.run=*) run=${word#*=} ;;
    bench.net=*) net=${word#*=} ;;
  esac
done
ip link set lo up
# bench.net=DEVICE,ADDRESS
[ -z "$net" ] || {
  ip addr add "${net#*,}" dev "${net%%,*}"
  ip link set "${net%%,*}" up
}
read -r up rest </proc/uptime
echo "stage root $up"
IFS=,
$run
echo "exit $?"
poweroff -f
