#!/bin/sh
# npm run native-checks: clang-tidy, ThreadSanitizer on the core, AddressSanitizer on the addon and
# on the released executable.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked native-checks "$@"
sh scripts/setup.sh || exit
pinned_node
for tool in clang++ clang-tidy make; do
  command -v "$tool" >/dev/null || die "$tool is missing" 'apt-get install clang clang-tidy libclang-rt-dev'
done
spawns=1000 starts=300 rounds=100 status=0
make="make -s -C native -f checks.mk"

tidy() { $make tidy 2>/dev/null; }

# A pending spawn has three descriptors, and all are requested at once.
races() {
  $make ../build/checks/engine && (
    ulimit -n 4096 &&
      TSAN_OPTIONS="suppressions=$root/native/checks/tsan.supp" \
        build/checks/engine build/terrarium-init "$spawns"
  )
}

# Ignores Node's own leaks.
addresses() {
  $make ../build/checks/terrarium.node && ASAN_OPTIONS=detect_leaks=0 \
    LD_PRELOAD="$(gcc -print-file-name=libasan.so)" "$node" scripts/asan-starts.ts "$starts"
}

# Random calls, the same as of the tests, and random input of the command.
executable() {
  sh scripts/build.sh && $make ../build/checks/terrarium-asan ../build/checks/trial-asan &&
    (
      export TERRARIUM_TRIAL="$root/build/checks/trial-asan" ASAN_OPTIONS=detect_leaks=0:exitcode=99
      run_vitest native/engine/node/trial
    ) && "$node" scripts/asan-engine.ts "$rounds"
}

for check in tidy races addresses executable; do
  began=$(date +%s)
  "$check" && result='no fault' || { result=failed && status=1; }
  printf '%-10s %4d s  %s\n' "$check" $(($(date +%s) - began)) "$result"
done
exit "$status"
