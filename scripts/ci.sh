#!/bin/sh
# npm run ci [-- --long] [--only STEP,…]: continuous integration on a bare clone, as root; .ci/run
# is the same. One step after the other: beside a guest, the host would be slow. Ends with what
# failed, the time of each step and `N passed, N failed, N skipped`; anything failed, missing or
# stale makes the exit status non-zero.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked ci "$@"
export CI=true DEBIAN_FRONTEND=noninteractive

# Faults, mutants, fuzzing and load come before verify, whose report shows their tables.
before='browser tools build check faults mutants fuzz'
short="$before verify test subjects package bench matrix"
long="$before native load verify test subjects package platforms bench matrix"
steps=$short
injections=60 more= fuzz_seconds=20 all_subjects= mutants='--sample 20'
kernels=debian-6.12 guest_seconds=600
# In an emulated guest each takes seconds: the short run leaves out those that depend least on it.
guest_areas='--only NS,ROOT,HOST,PS,NET,LIM,MULTI,OWN,SAFE,CLEAN,EXEC,OPT'
while [ $# -gt 0 ]; do
  case $1 in
    --long)
      [ "$steps" != "$short" ] || steps=$long
      kernels=debian-6.12,debian-13-systemd,debian-6.12-arm64 guest_seconds=3600 guest_areas=
      injections=400 more='--kills 20 --signals' fuzz_seconds=60 all_subjects=--long mutants='--guest uml-7.2'
      ;;
    --only)
      steps=$(printf '%s' "${2-}" | tr , ' ')
      [ -n "$steps" ] || die '--only needs steps' "steps: $long"
      shift
      ;;
    *) die "unknown option $1" 'npm run ci -- --help lists the options' ;;
  esac
  shift
done
for step in $steps; do
  case " $long " in *" $step "*) ;; *) die "unknown step $step" "steps: $long" ;; esac
done

# needs NAME PACKAGE…: installs missing programs with apt; shows apt's output if it fails.
needs() {
  log=build/logs/$1.log
  shift
  for package; do
    shift
    dpkg -s "$package" >/dev/null 2>&1 || set -- "$@" "$package"
  done
  [ $# != 0 ] || return 0
  set -- apt-get -qy -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
  { "$@" || { apt-get -q update && "$@"; }; } >"$log" 2>&1 || { tail -n 20 "$log" && return 1; }
}

# A headless browser opens the report; without one, that spec names it.
step_browser() { command -v chromium >/dev/null || needs browser chromium; }
step_tools() { needs tools clang libclang-rt-dev clang-tidy zsh fish mandoc groff; }
step_build() { npm run build; }
step_check() { npm run check; }
# Of the command from its sources, and of the executable, which has its own calls and allocator.
# shellcheck disable=SC2086 # a list of words
step_faults() {
  npm run faults -- --sample "$injections" $more || set -- failed
  npm run faults -- --subject-executable --add --sample "$injections" $more && [ "${1-}" != failed ]
}
# Whether the requirements notice a runtime that lacks something.
# shellcheck disable=SC2086 # a list of words
step_mutants() { npm run mutants -- --fresh $mutants; }
step_fuzz() { npm run --if-present fuzz -- --seconds "$fuzz_seconds"; }
# Sanitizers on the addon, spawner and poller; clang-tidy.
step_native() { npm run --if-present native-checks; }
# 4 suites alone, 2 beside busy loops; nothing is retried. More: faults -- --load 20.
step_load() { npm run faults -- --add --load 4; }
# The released executable, which an earlier step built; then the sources.
step_verify() { npm run verify; }
step_test() { TERRARIUM_START=sources npm test; }
# A container shell written by hand proves what any can; its variants are refuted for what they
# lack.
# shellcheck disable=SC2086 # nothing or one word
step_subjects() { npm run subjects -- $all_subjects; }
# The packed tarballs in an empty project; fetches the oldest supported Node.
step_package() { npm run package -- --check; }
# A Debian 13 and four versions of Node; set-up with something missing.
step_platforms() { needs platforms mmdebstrap debian-archive-keyring && npm run platforms; }
step_bench() {
  npm run bench -- --quick --only startup,memory --targets bare,terrarium,unshare
}
# In a guest with only cgroup v2, which most users have; the long run also with systemd as PID 1.
# shellcheck disable=SC2086 # a list of words
step_matrix() {
  npm run matrix -- --fresh --kernel "$kernels" --cgroup v2 --timeout "$guest_seconds" $guest_areas
}

# logged STEP: runs it, and keeps its output in build/logs/ci-STEP.log. tee ends with the last
# process that holds its pipe; after five seconds this goes on without it.
logged() {
  mkfifo "$pipe" || return
  tee "build/logs/ci-$1.log" <"$pipe" &
  teller=$!
  "step_$1" </dev/null >"$pipe" 2>&1
  result=$?
  rm -f "$pipe"
  patience=50
  while kill -0 "$teller" 2>/dev/null && [ "$patience" -gt 0 ]; do
    sleep 0.1
    patience=$((patience - 1))
  done
  kill "$teller" 2>/dev/null
  wait "$teller" 2>/dev/null
  return "$result"
}

mkdir -p build/logs
pipe=build/logs/ci-pipe.$$
trap 'rm -f "$pipe"' EXIT
status=0
started=$(date +%s)
[ "$steps" != "$short" ] && [ "$steps" != "$long" ] || rm -rf --one-file-system reports/out
sh scripts/setup.sh </dev/null || status=1
summary= failed=
for step in $steps; do
  began=$(date +%s)
  logged "$step" && result= || result=failed
  [ -z "$result" ] || status=1 failed="$failed $step"
  line=$(printf '  %-10s %5d s  %s' "$step" $(($(date +%s) - began)) "$result")
  summary="$summary$line
"
done
# shellcheck disable=SC2086 # a list of words
[ -z "$failed" ] || ! pinned_node || "$node" scripts/failures.ts "$started" $failed
printf '%s  %-10s %5d s\n' "$summary" 'in all' $(($(date +%s) - started))

# Results of these steps, not of an earlier run.
set --
for step in $steps; do
  case $step in
    verify) set -- "$@" --evidence reports/out/evidence.json ;;
    test) set -- "$@" --evidence reports/out/test/evidence.json ;;
    matrix | package | platforms | subjects | faults | mutants)
      set -- "$@" "--$step" "reports/out/$step.json"
      ;;
  esac
done
if pinned_node; then
  "$node" scripts/count.ts "$started" "$@" || status=1
else
  echo '0 passed, 1 failed, 0 skipped'
  status=1
fi
exit "$status"
