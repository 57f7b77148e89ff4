#!/bin/sh
# npm run verify [-- --subject-executable] [--baseline FILE]: sets up, proves every requirement,
# writes the report. Other arguments are vitest's. The subject is the released executable if it is
# built and up to date, except one requirement of each topic, else the command from its sources.
# With --kernel NAME it runs in a guest with that kernel instead (npm run matrix).
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked verify "$@"
case " $* " in *' --kernel '*) exec sh scripts/matrix.sh "$@" ;; esac
remember_command "${npm_lifecycle_event:-verify}" "$@"
if [ "${1-}" = --subject-executable ]; then
  TERRARIUM_START=executable
  shift
fi
if [ "${1-}" = --baseline ]; then
  [ -n "${2-}" ] || die '--baseline needs a file' 'an evidence.json of another run: npm run verify -- --baseline before.json'
  TERRARIUM_BASELINE=$(cd -- "$typed_in" && readlink -f -- "$2") && [ -r "$TERRARIUM_BASELINE" ] || die "no such baseline: $2"
  export TERRARIUM_BASELINE
  shift 2
fi
sh scripts/setup.sh || exit
pinned_node
[ -z "${TERRARIUM_BASELINE-}" ] || "$node" scripts/check-baseline.ts "$TERRARIUM_BASELINE" || exit
[ "${TERRARIUM_START-}" != executable ] || sh scripts/build.sh --if-stale || exit
choose_subject
export TERRARIUM_TESTS=requirements TERRARIUM_REPORT_DIR="$root/reports/out"
run_vitest "$@"
