#!/bin/sh
# npm test: sets up, then runs every unit test, and proves every requirement on the subject of npm
# run verify, or on TERRARIUM_START. Arguments are vitest's. Writes its report to reports/out/test/,
# since reports/out/ has the one of npm run verify.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked test "$@"
remember_command test "$@"
sh scripts/setup.sh || exit
pinned_node
choose_subject
# Unit tests need the command and not its sources.
[ "$TERRARIUM_START" = executable ] || ! executable_is_up_to_date ||
  export TERRARIUM_UNIT_START=executable
export TERRARIUM_REPORT_DIR="$root/reports/out/test"
run_vitest "$@"
