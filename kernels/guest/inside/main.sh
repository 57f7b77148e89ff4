#!/bin/sh
# PID 1 of a guest, in its own root: mounts file systems and cgroups in the requested layout, runs
# the job, and sends its results to the host.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LANG=C.UTF-8
cd /terrarium || exit

. kernels/guest/inside/words.sh

mkdir -p /dev/pts /dev/shm /run/out
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /dev/shm
# udev would make these links; scripts write to /dev/stderr.
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
mount -t tmpfs -o mode=1777 tmpfs /tmp
# As a distribution's init does.
mount --make-rshared /
ip link set lo up
hostname "guest"
echo 1 >/proc/sys/kernel/panic_on_oops

cgroups() {
  case $1 in
    v2) mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup ;;
    v1 | hybrid)
      mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
      for controller in cpu,cpuacct memory cpuset pids devices freezer blkio; do
        mkdir "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
          { rmdir "/sys/fs/cgroup/$controller" && echo "terrarium: no v1 controller $controller"; }
      done
      if [ "$1" = hybrid ]; then
        mkdir /sys/fs/cgroup/unified
        mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup/unified
      fi
      ;;
  esac
}
cgroups "$(word cgroup v2)"

# User-mode Linux panics through io_uring.
[ ! -d /run/host ] || { echo 2 >/proc/sys/kernel/io_uring_disabled && export UV_USE_IO_URING=0; }

read -r uptime rest </proc/uptime
echo "terrarium: ready $uptime"
progress=$(port progress)
case $(word do specs) in
  specs) sh kernels/guest/inside/specs.sh >"${progress:-/dev/console}" 2>&1 ;;
  exec) sh kernels/guest/inside/exec.sh >"${progress:-/dev/console}" 2>"$(port errors)" ;;
  shell) setsid --ctty --wait sh kernels/guest/inside/shell.sh </dev/ttyS0 >/dev/ttyS0 2>&1 ;;
  # The drills.
  panic) echo c >/proc/sysrq-trigger ;;
  hang) while :; do sleep 3600; done ;;
  full)
    cat /dev/zero >/fill 2>/dev/null
    sh kernels/guest/inside/specs.sh >"${progress:-/dev/console}" 2>&1
    ;;
esac
dmesg >/run/out/dmesg.txt 2>/dev/null
send_results
sync
poweroff -f
