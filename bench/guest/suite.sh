#!/bin/sh
# /bin/bench-suite of the shared root: one start, several measurements; a headline before each. `short` leaves out what takes longest.
export PATH=/usr/bin:/bin
echo ready
echo '== calls'
/bin/bench-workload calls "$2"
[ -x /usr/bin/sysbench ] || exit 0
echo '== cpu'
sysbench cpu --time=1 --cpu-max-prime=10000 run
[ "$1" = long ] || exit 0
echo '== memory'
sysbench memory --time=1 --memory-block-size=64K --memory-total-size=1000G run
cd /tmp || exit
sysbench fileio --file-num=1 --file-total-size=16M prepare >/dev/null
for mode in seqwr rndrd; do
  echo "== $mode"
  sysbench fileio --file-num=1 --file-total-size=16M --file-block-size=4096 --file-fsync-freq=0 --file-test-mode=$mode --time=1 run
done
rm -f test_file.*
exit 0
