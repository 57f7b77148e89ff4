#!/bin/sh
# /bin/bench-suite TURNS of the shared root: one measurement after the other, a headline before
# each. Work is bounded by amount where the place is quick and by time where it is slow.
export PATH=/usr/bin:/bin
cd /tmp || exit
echo ready
turn=0
sysbench=$(command -v sysbench)
[ -z "$sysbench" ] || sysbench fileio --file-num=1 --file-total-size=16M prepare >/dev/null
while [ $turn -lt "$1" ]; do
  turn=$((turn + 1))
  echo '== calls'
  /bin/bench-workload calls 0.02
  [ -n "$sysbench" ] || continue
  echo '== cpu'
  sysbench cpu --time=1 --events=100 --cpu-max-prime=10000 run
  echo '== memory'
  sysbench memory --time=1 --memory-block-size=64K --memory-total-size=256M run
  for mode in seqwr rndrd; do
    echo "== $mode"
    sysbench fileio --file-num=1 --file-total-size=16M --file-block-size=4096 --file-fsync-freq=0 \
      --file-test-mode=$mode --time=1 --events=5000 run
  done
done
rm -f test_file.*
