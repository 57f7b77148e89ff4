#!/bin/sh
# npm run spec -- ID…: proves single requirements again, by ID (NET-03) or prefix (NET). The full run's report stays as it is:
# this one's goes to reports/out/spec/.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked spec "$@"
remember_command spec "$@"
sh scripts/setup.sh || exit
# As npm run verify: from the sources, unless somebody says TERRARIUM_START=executable.
export TERRARIUM_START="${TERRARIUM_START:-sources}"
[ "$TERRARIUM_START" = sources ] || sh scripts/build.sh --if-stale || exit
pinned_node
chosen=$("$node" scripts/select.ts "$@") || exit
export TERRARIUM_REPORT_DIR="$root/reports/out/spec"
IFS='
'
set -f
# shellcheck disable=SC2086 # one argument a line
run_vitest $chosen
