#!/bin/sh
# in-guest.sh NAME…: the same command in a guest of the matrix, for mutants of its cgroup version.
# Files of the checkout that the guests' image lacks are beside it. Its last line is the result, in
# base64.
here=$PWD
cp -r mutants faults /terrarium/ && cd /terrarium || exit
export NODE_COMPILE_CACHE=/terrarium/build/cache
TERRARIUM_SPEED_FACTOR=$(node kernels/guest/inside/speed.ts "$(cat "$here/../host-speed")")
export TERRARIUM_SPEED_FACTOR
only=
for name; do only="$only --only $name"; done
# shellcheck disable=SC2086 # a list of words
node mutants/main.ts --jobs 1 --json /tmp/mutants.json $only 2>&1
status=$?
echo "mutants.json $(base64 -w 0 /tmp/mutants.json)"
exit "$status"
