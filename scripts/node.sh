#!/bin/sh
# node.sh FILE [arguments]: sets up, then runs one of the checkout's programs with the pinned Node.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
case $1 in
  fixtures/rootfs/*) help_if_asked rootfs "$@" ;;
  scripts/seccomp/diff.ts) help_if_asked seccomp-diff "$@" ;;
  */main.ts) help_if_asked "$(basename "${1%/main.ts}")" "$@" ;;
  *) help_if_asked "$(basename "$1" .ts)" "$@" ;;
esac
sh scripts/setup.sh || exit
pinned_node
run_node "$@"
