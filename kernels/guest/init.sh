#!/bin/busybox sh
# PID 1 of a guest, in the initramfs: modules, then the read-only image with a tmpfs over it as the root, then the image's own script.
# Words of the kernel's command line: terrarium.cgroup=v2|v1|hybrid, terrarium.do=specs|shell|panic|hang, and what the host measured.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null || mknod /dev/console c 5 1
read -r uptime rest </proc/uptime
echo "terrarium: init $uptime"

case $(cat /proc/cmdline) in *terrarium.do=stall*) while :; do sleep 3600; done ;; esac
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "terrarium: module $module was refused"
done

disk=/dev/vda
[ -b $disk ] || disk=/dev/ubda
# User-mode Linux: no ports, but a directory of the host's.
out=$(sed -n 's/.*terrarium\.out=\([^ ]*\).*/\1/p' /proc/cmdline)
mount -t erofs -o ro $disk /lower || exec sh /fail.sh 'the root image cannot be mounted'
size=80%
case $(cat /proc/cmdline) in *terrarium.do=full*) size=48m ;; esac
mount -t tmpfs -o mode=755,size=$size tmpfs /upper
mkdir /upper/changes /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/changes,workdir=/upper/work overlay /new ||
  exec sh /fail.sh 'the root cannot be made writable'
for place in dev proc sys; do mount --move /$place /new/$place; done
cp -r /job /new/run/job
[ -z "$out" ] || { mkdir /new/run/host && mount -t hostfs -o "$out" none /new/run/host; }
cd /new || exit
mount --move . /
exec chroot . /bin/sh /terrarium/kernels/guest/main.sh
