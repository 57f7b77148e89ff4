#!/bin/sh
# npm run platforms [-- --fresh] [FILE…]: sets up, then tries this checkout as users have it:
# scripts/platforms/*.check.ts. Other arguments are vitest's. What had passed when a run was
# interrupted is not tried again.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked platforms "$@"
sh scripts/setup.sh || exit
pinned_node
command -v mmdebstrap >/dev/null || die 'mmdebstrap is missing' 'apt install mmdebstrap'
passed=build/platforms/passed
if [ "${1-}" = --fresh ]; then
  rm -rf "$passed"
  shift
fi
run_vitest --config scripts/platforms/vitest.config.ts "$@" || exit
[ $# != 0 ] || rm -rf "$passed"
