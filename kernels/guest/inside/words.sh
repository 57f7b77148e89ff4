# Functions for the job of every guest.

# word NAME [DEFAULT]: `terrarium.NAME=…` of the kernel's command line.
word() {
  for argument in $(cat /proc/cmdline); do
    case $argument in "terrarium.$1="*) echo "${argument#*=}" && return ;; esac
  done
  echo "${2-}"
}

# port NAME: the path whose writes reach the host: a virtio-serial port, or a file in its directory.
port() {
  [ ! -d /run/host ] || { echo "/run/host/$1" && return; }
  for device in /sys/class/virtio-ports/*; do
    [ "$(cat "$device/name")" != "$1" ] || echo "/dev/${device##*/}"
  done
}

# send_results: sends all of /run/out. The last member marks the archive as complete.
send_results() {
  results=$(port results)
  [ -n "$results" ] || return 0
  : >/run/out/complete
  (
    cd /run/out && set -- *
    tar cf - $(printf '%s\n' "$@" | grep -v '^complete$') complete
  ) >"$results"
}
