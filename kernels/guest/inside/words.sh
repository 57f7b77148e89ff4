# What the job of every guest needs.

# word NAME [DEFAULT]: `terrarium.NAME=…` of the kernel's command line.
word() {
  for argument in $(cat /proc/cmdline); do
    case $argument in "terrarium.$1="*) echo "${argument#*=}" && return ;; esac
  done
  echo "${2-}"
}

# port NAME: where it goes on the host: a virtio-serial port, or a file in a host's directory.
port() {
  [ ! -d /run/host ] || { echo "/run/host/$1" && return; }
  for device in /sys/class/virtio-ports/*; do
    [ "$(cat "$device/name")" != "$1" ] || echo "/dev/${device##*/}"
  done
}

# send_results: everything in /run/out. The last member says that the archive is whole.
send_results() {
  results=$(port results)
  [ -n "$results" ] || return 0
  : >/run/out/complete
  (
    cd /run/out && set -- *
    tar cf - $(printf '%s\n' "$@" | grep -v '^complete$') complete
  ) >"$results"
}
