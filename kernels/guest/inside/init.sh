#!/bin/busybox sh
# PID 1 of a guest, in the initramfs: loads modules, mounts the read-only image with a tmpfs over it
# as the root, then runs the image's own script.
# Words of the kernel's command line: terrarium.cgroup=v2|v1|hybrid; terrarium.do=TASK, a task of
# ../command.ts.
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
# User-mode Linux has no virtio ports, but a directory of the host.
out=$(sed -n 's/.*terrarium\.out=\([^ ]*\).*/\1/p' /proc/cmdline)
mount -t erofs -o ro $disk /lower || exec sh /fail.sh 'the root image cannot be mounted'
size=80%
case $(cat /proc/cmdline) in *terrarium.do=full*) size=48m ;; esac
mount -t tmpfs -o mode=755,size=$size tmpfs /upper

# writable LOWER NAME PLACE: mounts a read-only directory with a writable layer above it.
writable() {
  mkdir "/upper/$2" "/upper/$2-work"
  mount -t overlay -o "lowerdir=$1,upperdir=/upper/$2,workdir=/upper/$2-work" overlay "$3" ||
    exec sh /fail.sh 'the root cannot be made writable'
}

case $(cat /proc/cmdline) in
  *terrarium.system=*)
    mkdir /system
    mount -t erofs -o ro /dev/vdb /system || exec sh /fail.sh 'the system image cannot be mounted'
    writable /system system /new
    writable /lower/terrarium project /new/terrarium
    mount -t tmpfs -o mode=755 tmpfs /new/run
    init='/sbin/init'
    units=/new/run/systemd/system
    mkdir -p $units/multi-user.target.wants
    for unit in job session; do
      cp /new/terrarium/kernels/guest/inside/systemd/$unit.service $units/terrarium-$unit.service
    done
    case $(cat /proc/cmdline) in
      *terrarium.do=shell*)
        mkdir $units/serial-getty@ttyS0.service.d
        cp /new/terrarium/kernels/guest/inside/systemd/autologin.conf \
          $units/serial-getty@ttyS0.service.d/
        ;;
      *)
        ln -s /dev/null $units/serial-getty@ttyS0.service
        ln -s ../terrarium-job.service $units/multi-user.target.wants/
        ;;
    esac
    ;;
  *)
    writable /lower changes /new
    init='/bin/sh /terrarium/kernels/guest/inside/main.sh'
    ;;
esac
for place in dev proc sys; do mount --move /$place /new/$place; done
cp -r /job /new/run/job
[ -z "$out" ] || { mkdir /new/run/host && mount -t hostfs -o "$out" none /new/run/host; }
cd /new || exit
mount --move . /
exec chroot . $init
