#!/bin/sh
# Makes a checkout ready: packages, npm packages, native code, default root file system. What is up to date is skipped.
# A step is up to date when the names, sizes and times of its inputs are those that its stamp in build/stamps holds.
set -u
here=${0%/*}
[ "$here" != "$0" ] || here=.
root=$here/..
. "$here/checkout.sh"
stamps=build/stamps
logs=build/logs

# One line for each input file: a changed, added or deleted one changes the text, whichever way its time went.
identity() { find "$@" -path fixtures/rootfs/out -prune -o ! -type d -printf '%p %s %T@\n' 2>/dev/null; }

npm_inputs() { identity package-lock.json .npmrc; }
native_inputs() { identity native node_modules/node-api-headers/package.json /usr/include/seccomp.h; }
rootfs_inputs() { identity fixtures "$(command -v busybox)"; }

# fresh STEP OUTPUT…: the outputs are there and were made from the inputs of now.
fresh() {
  step=$1
  shift
  for output in "$@"; do [ -e "$output" ] || return 1; done
  [ -r "$stamps/$step" ] && [ "$("${step}_inputs")" = "$(cat "$stamps/$step")" ]
}

npm_fresh() { pinned_node && fresh npm node_modules/.package-lock.json; }
native_fresh() { fresh native build/terrarium.node build/terrarium-init; }
rootfs_fresh() { fresh rootfs fixtures/rootfs/out/default; }
all_fresh() { npm_fresh && native_fresh && rootfs_fresh; }

# run STEP WHAT COMMAND…: one line here, the rest in a log that is shown when it fails.
run() {
  step=$1
  say "$2 …"
  shift 2
  if ! "$@" >"$logs/$step.log" 2>&1 </dev/null; then
    tail -n 40 "$logs/$step.log" | sed 's/^/  | /' >&2
    die "set-up failed at this step ($step)" "the whole log is $root/$logs/$step.log; the next set-up goes on from here"
  fi
}

# make STEP WHAT COMMAND…: a step with a stamp. There is none while it runs, so an interrupted step is done again;
# the inputs are read before it, so an edit during it makes it stale.
make_stamped() {
  inputs=$("${1}_inputs")
  rm -f "$stamps/$1"
  run "$@"
  printf '%s\n' "$inputs" >"$stamps/$step"
}

missing_packages() {
  for command in gcc g++ make; do command -v "$command" >/dev/null || printf ' %s' "$command"; done
  [ -r "${npm_execpath:-}" ] || command -v npm >/dev/null || printf ' npm'
  [ -e /usr/include/seccomp.h ] || printf ' libseccomp-dev'
  # A dynamic BusyBox names its loader by path, and is of no use in a root file system without libraries.
  busybox=$(command -v busybox) && ! grep -q '/ld-' "$busybox" || printf ' busybox-static'
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=120 "$@"; }
apt_install() {
  set -- install --no-install-recommends "$@"
  ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 && apt "$@" && return
  apt update && apt "$@"
}

packages_step() {
  wanted=$(missing_packages)
  [ -n "$wanted" ] || return 0
  if ! command -v apt-get >/dev/null; then
    say "missing:$wanted. Without apt they are yours to install:"
    cat >&2 <<'LIST'
    dnf     dnf install gcc gcc-c++ make libseccomp-devel libseccomp-static glibc-static libstdc++-static busybox nodejs npm
    pacman  pacman -S --needed base-devel libseccomp busybox nodejs npm
    apk     apk add build-base linux-headers libseccomp-dev libseccomp-static busybox-static nodejs npm
            (and a glibc: the pinned Node is not built for musl)
    else    C and C++ compilers with static C libraries, make, libseccomp's headers and static library, a static busybox, npm
LIST
    exit 1
  fi
  # shellcheck disable=SC2086 # a list of words
  run packages "installing with apt:$wanted" apt_install $wanted
}

npm_ci() {
  # Under `npm run` that very npm, whatever sudo left of PATH. No package's own script runs: nothing is fetched but the packages.
  set -- ci --ignore-scripts --no-audit --no-fund --loglevel=error
  if [ -r "${npm_execpath:-}" ] && [ -x "${npm_node_execpath:-}" ]; then "$npm_node_execpath" "$npm_execpath" "$@"; else npm "$@"; fi
}

# A developer's own `npm install` did the work when it came after our stamp, or before there was one.
npm_installed_by_hand() {
  installed=node_modules/.package-lock.json
  # shellcheck disable=SC3013 # dash, bash and BusyBox all know -nt
  pinned_node && [ "$installed" -nt package-lock.json ] && { [ ! -e "$stamps/npm" ] || [ package-lock.json -nt "$stamps/npm" ]; }
}

npm_step() {
  ! npm_fresh || return 0
  if npm_installed_by_hand; then
    npm_inputs >"$stamps/npm"
    return
  fi
  make_stamped npm 'installing npm packages' npm_ci
  pinned_node || die "npm installed no Node for this machine ($(uname -m))" 'there is one for x86-64 and for arm64, with glibc'
}

native_step() { native_fresh || make_stamped native 'building the native code' make -C native; }
rootfs_step() { rootfs_fresh || make_stamped rootfs 'building the default root file system' "$node" fixtures/rootfs/build.ts; }

# One set-up at a time: the second waits, and then finds everything done. Children keep the lock of a set-up that was killed.
lock() {
  if command -v flock >/dev/null; then
    exec 9>"$stamps/lock"
    flock -n 9 || { say 'another set-up is running: waiting for it' && flock 9; }
    return
  fi
  told=
  until ln -s "$$" "$stamps/lock.pid" 2>/dev/null; do
    owner=$(readlink "$stamps/lock.pid") || continue
    kill -0 "$owner" 2>/dev/null || { rm -f "$stamps/lock.pid" && continue; }
    [ -n "$told" ] || say "another set-up is running (process $owner): waiting for it"
    told=yes
    sleep 1
  done
  trap 'rm -f "$stamps/lock.pid"' EXIT
}

only_root() {
  [ "$(id -u)" != 0 ] || return 0
  script=${npm_lifecycle_event:-shell}
  # npm up to 8 gives root's rights away to whoever owns the folder.
  [ -z "${SUDO_UID:-}" ] || die 'sudo was used, but npm gave root away, as npm 8 and older do' "a newer npm, or first: sudo sh $root/scripts/setup.sh"
  die 'only root may make namespaces, mounts and control groups' "sudo npm run $script (or, where there is no sudo, npm run $script as root)"
}

only_root
if ! all_fresh; then
  trap 'say "set-up interrupted: the next one goes on from here"; exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$stamps" "$logs" || die "cannot write to $root/build"
  lock
  packages_step
  npm_step
  native_step
  rootfs_step
  give_back node_modules
fi
give_back build reports/out
