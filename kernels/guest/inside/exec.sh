# A test program of the user's: /run/job/exec/PROGRAM with the job's arguments, a line each. What it
# prints goes to our own output, errors apart. Its exit code, how long it took and whether it was
# ended for taking too long go to /run/out.
export PATH=/terrarium/bin:$(echo /terrarium/node_modules/node-linux-*/bin):$PATH
export ROOTFS=/terrarium/fixtures/rootfs/out/default
[ ! -d /run/job/exec/lib ] || export LD_LIBRARY_PATH=/run/job/exec/lib
cd /run/job/exec || exit
uname -r >/run/out/release
program=$(cat /run/job/program)
limit=$(cat /run/job/limit)
IFS='
'
set -f
set -- $(cat /run/job/arguments)
set +f
unset IFS

# A port is opened once; a pipe can be opened again, as /dev/stdout is.
mkfifo /run/stdout /run/stderr
cat /run/stdout &
readers=$!
cat /run/stderr >&2 &
readers="$readers $!"
read -r started rest </proc/uptime
# A session of its own, so that all of it can be ended.
setsid "./$program" "$@" </dev/null >/run/stdout 2>/run/stderr &
pid=$!
{
  sleep "$limit"
  : >/run/out/timed-out
  kill -TERM "-$pid"
  sleep 5
  kill -KILL "-$pid"
} >/dev/null 2>&1 &
watch=$!
wait "$pid"
echo $? >/run/out/exit-code
kill "$watch"
read -r ended rest </proc/uptime
echo "$started $ended" >/run/out/seconds
kill -KILL "-$pid" 2>/dev/null
# What it left running may hold the pipes open.
{
  sleep 3
  kill $readers
} >/dev/null 2>&1 &
wait $readers
