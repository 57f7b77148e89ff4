#!/bin/sh
# npm run platforms [-- --fresh] [FILE…]: sets up, then tests this checkout as users run it:
# scripts/platforms/*.check.ts. Other arguments are vitest's. An interrupted run continues after the
# passed tests.
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
