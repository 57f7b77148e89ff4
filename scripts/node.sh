#!/bin/sh
# node.sh FILE [arguments]: sets up, then runs one of the checkout's programs with the pinned Node.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
sh scripts/setup.sh || exit
pinned_node
run_node "$@"
