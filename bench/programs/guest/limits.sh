#!/bin/sh
# /bin/bench-limits SECONDS MIB of the shared root: computes for so long, then touches memory until
# that is refused or the program killed. A line for each MiB.
export PATH=/usr/bin:/bin
echo ready
cpu-burner 1 "$1"
memory-hog "$2" | tr '\r' '\n'
