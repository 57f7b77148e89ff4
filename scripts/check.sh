#!/bin/sh
# npm run check: types, format and lint, dead code, import rules, rooms, in parallel; prints
# failures. No root.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked check "$@"
need_packages
# A checkout that is not set up lacks it, and may have neither make nor a compiler.
"$node" scripts/wire/main.ts || exit
results=$(mktemp -d) || exit
trap 'rm -r "$results"' EXIT

# Missing folders are no error.
sources=$(ls -d runtime harness specs reports kernels bench faults mutants fixtures scripts \
  examples 2>/dev/null)

# check NAME SCRIPT…: runs in the background; writes NAME.failed on failure.
check() {
  name=$1
  shift
  { "$node" "$@" >"$results/$name" 2>&1 || : >"$results/$name.failed"; } &
}
check types node_modules/typescript/bin/tsc --noEmit -p .
check types-of-executable scripts/engine/types.ts
check format-and-lint node_modules/@biomejs/biome/bin/biome check --error-on-warnings --no-errors-on-unmatched .
check dead-code node_modules/knip/bin/knip.js --no-progress
# shellcheck disable=SC2086 # a list of words
check import-rules --import ./scripts/swc-using.ts node_modules/dependency-cruiser/bin/dependency-cruiser.mjs --config .dependency-cruiser.json $sources
check rooms scripts/rooms/main.ts
wait
# shellcheck disable=SC2086 # a list of words
[ "$(id -u)" != 0 ] || give_back runtime/native/protocol.ts $caches

paint() { printf '%s' "$2"; }
! wants_colour 1 || paint() { printf '\033[%sm%s\033[39m' "$1" "$2"; }
status=0
for name in types types-of-executable format-and-lint dead-code import-rules rooms; do
  if [ -e "$results/$name.failed" ]; then
    status=1
    printf '%s %s\n' "$(paint 31 ✗)" "$name"
    cat "$results/$name"
  else
    printf '%s %s\n' "$(paint 32 ✓)" "$name"
  fi
done
exit "$status"
