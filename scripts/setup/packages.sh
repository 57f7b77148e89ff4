# shellcheck shell=sh disable=SC2154 # its variables are setup.sh's
# Sourced by setup.sh: requirements of the machine, checked before anything is fetched.

cannot_write() {
  rm -f "$probe"
  [ "$(free_mib)" != 0 ] || enough_space 700
  die "cannot write to $root/build" \
    'its file system may be mounted read-only (findmnt -T . shows it)'
}

# Programs must start from here: Node and the native code are in the checkout.
may_run_here() {
  { printf '#!/bin/sh\n' >"$probe" && chmod +x "$probe"; } 2>/dev/null || cannot_write
  "$probe" 2>/dev/null
  status=$?
  rm -f "$probe"
  [ "$status" = 0 ] ||
    die "no program can start from $root: its file system is mounted noexec" \
      'move the checkout to a file system without that option (findmnt -T . shows it)'
}

free_mib() { df -Pk . 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'; }

# enough_space MIB: for the remaining files.
enough_space() {
  free=$(free_mib)
  [ "${free:-$1}" -ge "$1" ] || die "only $free MB are free in $root, and the set-up needs $1" \
    'make room, or move the checkout to a larger file system'
}

missing_packages() {
  for command in gcc g++ make; do command -v "$command" >/dev/null || printf ' %s' "$command"; done
  [ -r "${npm_execpath:-}" ] || command -v npm >/dev/null || printf ' npm'
  [ -e /usr/include/seccomp.h ] || printf ' libseccomp-dev'
  # Specs create links by hand.
  command -v ip >/dev/null || [ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || printf ' iproute2'
  # A dynamic BusyBox contains its loader's path, and does not run in a root without libraries.
  busybox=$(command -v busybox) && ! grep -q '/ld-' "$busybox" || printf ' busybox-static'
}

# Static libraries that the linker does not find; none without a compiler.
missing_libraries() {
  command -v g++ >/dev/null || return 0
  for library in c seccomp stdc++; do
    echo 'int main() { return 0; }' |
      g++ -static -x c++ - -Wl,--no-as-needed "-l$library" -o /dev/null 2>/dev/null ||
      printf ' lib%s.a' "$library"
  done
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=120 "$@"; }
apt_install() {
  set -- install --no-install-recommends "$@"
  ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 && apt "$@" && return
  apt update && apt "$@"
}

packages_step() {
  wanted=$(missing_packages)
  if command -v apt-get >/dev/null; then
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    run packages "installing with apt:$wanted" apt_install $wanted
    return
  fi
  wanted=$wanted$(missing_libraries)
  [ -n "$wanted" ] || return 0
  say "missing:$wanted. Without apt, install them yourself:"
  cat >&2 <<'LIST'
    dnf     dnf install gcc gcc-c++ make libseccomp-devel libseccomp-static glibc-static libstdc++-static busybox iproute nodejs npm
    pacman  pacman -S --needed base-devel libseccomp busybox iproute2 nodejs npm (libseccomp.a: from its source)
    apk     apk add build-base linux-headers libseccomp-dev libseccomp-static busybox-static iproute2 nodejs npm
            (and a glibc: the pinned Node is not built for musl)
    else    C and C++ compilers with static C libraries, make, libseccomp's headers and static library, a static busybox, ip, npm
LIST
  exit 1
}
