#!/bin/sh
# npm run demo -- ID… [--step]: plays requirements live in this terminal, at typing speed.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked demo "$@"
sh scripts/setup.sh || exit
pinned_node
TERRARIUM_DEMO='type'
for argument; do
  shift
  case $argument in
    --step) TERRARIUM_DEMO=step ;;
    *) set -- "$@" "$argument" ;;
  esac
done
chosen=$("$node" scripts/select.ts "$@") || exit
# A test's own output goes to its runner, so the demo opens this terminal by name.
TERRARIUM_DEMO_TTY=$(tty) || TERRARIUM_DEMO_TTY=/proc/$$/fd/1
export TERRARIUM_DEMO TERRARIUM_DEMO_TTY
IFS='
'
set -f
# shellcheck disable=SC2086 # one argument a line
set -- --reporter=./scripts/failures-only.ts --testTimeout=0 --no-file-parallelism $chosen
set +f
unset IFS
run_vitest "$@"
