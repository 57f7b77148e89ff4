#!/bin/sh
# npm run spec -- [--subject NAME] ID…: proves single requirements, by ID (NET-03) or prefix (NET).
# Keeps the full run's report: this one goes to reports/out/spec/, or for another subject to
# reports/out/subjects/NAME/.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked spec "$@"
remember_command spec "$@"
report=reports/out/spec
if [ "${1-}" = --subject ]; then
  [ -n "${2-}" ] || die '--subject needs a name' 'specs/support/subjects.ts lists them'
  export TERRARIUM_SUBJECT="$2"
  report=reports/out/subjects/$2
  shift 2
fi
sh scripts/setup.sh || exit
# Like npm run verify: from the sources, unless TERRARIUM_START=executable is set.
export TERRARIUM_START="${TERRARIUM_START:-sources}"
[ "$TERRARIUM_START" = sources ] || sh scripts/build.sh --if-stale || exit
pinned_node
chosen=$("$node" scripts/select.ts "$@") || exit
export TERRARIUM_REPORT_DIR="$root/$report"
IFS='
'
set -f
# shellcheck disable=SC2086 # one argument a line
set -- $chosen
set +f
unset IFS
if [ -z "${TERRARIUM_SUBJECT-}" ]; then run_vitest "$@"; else run_vitest_apart "$@"; fi
