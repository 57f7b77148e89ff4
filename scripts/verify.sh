#!/bin/sh
# npm run verify [-- --baseline FILE]: sets up, proves every requirement, writes the report. Other arguments are vitest's.
# With --kernel NAME it runs in a guest with that kernel instead (npm run matrix).
case " $* " in *' --kernel '*) exec sh "${0%/*}/matrix.sh" "$@" ;; esac
root=${0%/*}/..
. "${0%/*}/checkout.sh"
if [ "${1-}" = --baseline ]; then
  [ -n "${2-}" ] || die '--baseline needs a file' 'an evidence.json of another run: npm run verify -- --baseline before.json'
  TERRARIUM_BASELINE=$(cd -- "$typed_in" && readlink -f -- "$2") && [ -r "$TERRARIUM_BASELINE" ] || die "no such baseline: $2"
  export TERRARIUM_BASELINE
  shift 2
fi
sh scripts/setup.sh || exit
pinned_node
export TERRARIUM_REPORT_DIR="$root/reports/out"
run_vitest "$@"
