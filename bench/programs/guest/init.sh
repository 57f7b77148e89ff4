#!/bin/busybox sh
# PID 1 of a machine's initramfs: loads the few modules that lead to the disk, mounts it read-only
# and goes on in it.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
read -r up rest </proc/uptime
echo "stage kernel $up"
for module in $(/bin/busybox cat /modules/order); do
  /bin/busybox insmod "/modules/$module" || echo "module $module was refused"
done
read -r up rest </proc/uptime
echo "stage modules $up"
/bin/busybox mount -t ext4 -o ro /dev/vda /new || {
  echo 'the root cannot be mounted'
  /bin/busybox poweroff -f
}
/bin/busybox mount --move /proc /new/proc
/bin/busybox mount --move /dev /new/dev
exec /bin/busybox chroot /new /sbin/bench-init
