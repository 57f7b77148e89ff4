# Runs the specs with the job's workers and vitest arguments. Writes exit code, evidence and speed
# factor to /run/out.
node=$(echo node_modules/node-linux-*/bin/node)
export NODE_COMPILE_CACHE=/terrarium/build/cache TERRARIUM_COMMAND="$(cat /run/job/command)"
TERRARIUM_SPEED_FACTOR=$($node kernels/guest/inside/speed.ts "$(cat /run/job/host-speed)")
export TERRARIUM_SPEED_FACTOR
echo "$TERRARIUM_SPEED_FACTOR" >/run/out/speed-factor
IFS='
'
set -f
timeout=$((60000 * ${TERRARIUM_SPEED_FACTOR%.*}))
$node node_modules/vitest/vitest.mjs run --configLoader native --no-isolate \
  --maxWorkers="$(cat /run/job/workers)" --testTimeout=$timeout --hookTimeout=$timeout \
  --reporter=./kernels/guest/inside/reporter.ts $(cat /run/job/arguments)
echo $? >/run/out/exit-code
