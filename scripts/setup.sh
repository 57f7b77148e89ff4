#!/bin/sh
# Sets up a checkout: packages, npm packages, native code, default root file system. Skips steps
# that are up to date: the names, sizes and times of their inputs equal those in build/stamps, or
# their contents do, since a copied checkout has new times.
set -u
here=${0%/*}
[ "$here" != "$0" ] || here=.
root=$here/..
. "$here/checkout.sh"
stamps=build/stamps
logs=build/logs

# One line for each input file: a changed, added or deleted file changes the text.
identity() { find "$@" -path fixtures/rootfs/out -prune -o ! -type d -printf '%p %s %T@\n' 2>/dev/null; }
# The same by contents.
contents() {
  find "$@" -path fixtures/rootfs/out -prune -o -type f -exec sha256sum {} + 2>/dev/null |
    LC_ALL=C sort | sha256sum
}

npm_inputs() { "$1" package-lock.json .npmrc; }
native_inputs() { "$1" native scripts/wire node_modules/node-api-headers/package.json /usr/include/seccomp.h; }
rootfs_inputs() { "$1" fixtures/rootfs fixtures/workloads "$(command -v busybox)"; }

# fresh STEP OUTPUT…: the outputs exist and were made from the present inputs.
fresh() {
  step=$1
  shift
  for output in "$@"; do [ -e "$output" ] || return 1; done
  [ -r "$stamps/$step" ] || return 1
  now=$("${step}_inputs" identity)
  [ "$now" != "$(cat "$stamps/$step")" ] || return 0
  [ -r "$stamps/$step.sum" ] || return 1
  [ "$("${step}_inputs" contents)" = "$(cat "$stamps/$step.sum")" ] || return 1
  # A read-only checkout keeps its old stamp, so the next check costs the same.
  { printf '%s\n' "$now" >"$stamps/$step"; } 2>/dev/null || :
}

npm_fresh() { pinned_node && bindings node_modules && fresh npm node_modules/.package-lock.json; }
native_fresh() { fresh native build/terrarium.node build/terrarium-init runtime/native/protocol.ts; }
rootfs_fresh() { fresh rootfs fixtures/rootfs/out/default; }
all_fresh() { npm_fresh && native_fresh && rootfs_fresh; }

# sh handles Ctrl-C at once in `wait`; without `wait` only after the program.
child=
teller=
end_children() { for pid in $child $teller; do end_tree "$pid"; done; }
# Descendants first: a survivor would keep the lock.
end_tree() {
  for descendant in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do end_tree "$descendant"; done
  kill "$1" 2>/dev/null
}
interrupted() {
  end_children
  say 'set-up interrupted: the next one continues here'
  exit 130
}

# run STEP WHAT COMMAND…: prints one line; the rest goes to a log, shown on failure.
run() {
  step=$1
  say "$2 …"
  shift 2
  "$@" >"$logs/$step.log" 2>&1 </dev/null &
  child=$!
  wait "$child" || failed "$step"
  child=
}

failed() {
  ! command -v "explain_$1" >/dev/null || "explain_$1" "$logs/$1.log"
  tail -n 40 "$logs/$1.log" | sed 's/^/  | /' >&2
  die "set-up failed at this step ($1)" \
    "the whole log is $root/$logs/$1.log; the next set-up continues here"
}

# A step with a stamp. The stamp is missing while it runs, so an interrupted step is repeated; the
# inputs are read before it, so an edit during it makes it stale.
make_stamped() {
  inputs=$("${1}_inputs" identity)
  sum=$("${1}_inputs" contents)
  rm -f "$stamps/$1" "$stamps/$1.sum"
  run "$@"
  stamp "$step" "$inputs" "$sum"
}

# stamp STEP IDENTITY CONTENTS
stamp() {
  printf '%s\n' "$3" >"$stamps/$1.sum" && printf '%s\n' "$2" >"$stamps/$1"
}

. "$here/setup/packages.sh"
. "$here/setup/npm.sh"

native_step() { native_fresh || make_stamped native 'building the native code' make -C native; }
rootfs_step() {
  rootfs_fresh ||
    make_stamped rootfs 'building the default root file system' "$node" fixtures/rootfs/build.ts
}

# One set-up at a time: the second waits, and then has nothing to do. Children keep the lock of a
# killed set-up.
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
  # npm up to 8 runs scripts as the owner of the folder, not as root.
  [ -z "${SUDO_UID:-}" ] || die 'npm 8 and older drop the root rights of sudo' \
    "a newer npm, or first: sudo sh $root/scripts/setup.sh"
  die 'only root can make namespaces, mounts and cgroups' \
    "sudo npm run $script (or, where there is no sudo, npm run $script as root)"
}

only_root
if ! all_fresh; then
  trap interrupted INT
  trap 'end_children; exit 143' TERM
  probe=build/.probe.$$
  mkdir -p "$stamps" "$logs" 2>/dev/null || cannot_write
  lock
  may_run_here
  packages_step
  npm_step
  native_step
  rootfs_step
  give_back node_modules
fi
give_back build reports/out runtime/native/protocol.ts
