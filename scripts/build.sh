#!/bin/sh
# npm run build: sets up, then makes build/release/terrarium, one executable that needs only libc.
# Fetches Bun (100 MB) from npm here, not by every `npm ci`, and the engine's source from Debian.
# --if-stale: nothing if it is up to date.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
. scripts/fetch.sh
help_if_asked build "$@"
stale= source=
while [ $# != 0 ]; do
  case $1 in
    --if-stale) stale=yes ;;
    --engine-source)
      source=${2-}
      [ -n "$source" ] || die '--engine-source needs a directory' 'npm run build -- --help'
      # npm changes into the checkout.
      case $source in /*) ;; *) source=$typed_in/$source ;; esac
      shift
      ;;
    *) die "unknown option $1" 'npm run build -- --help lists the options' ;;
  esac
  shift
done
sh scripts/setup.sh || exit
pinned_node
[ -z "$stale" ] || ! executable_is_up_to_date || exit 0

"$node" scripts/engine/source.ts ${source:+"$source"} || exit

# Baseline is for processors without AVX2. In 1.4.5 the packages with and without that name are
# equal.
version=1.4.5
case $(uname -m) in
  x86_64)
    package=bun-linux-x64-baseline
    sha512=s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==
    ;;
  aarch64)
    package=bun-linux-aarch64
    sha512=4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==
    ;;
  *) die "there is no Bun for this machine ($(uname -m))" 'bin/terrarium runs from the sources, with Node' ;;
esac
bun=build/bun/$package-$version/bun

mkdir -p build/release build/logs
# One at a time: each removes the files of an interrupted one.
exec 8>build/release/lock
! command -v flock >/dev/null || flock 8
fetch "Bun $version (50 MB)" "$bun" "@oven/$package" "$version" "$sha512" bin/bun
rm -f build/release/*.part
# Without its symbols there is a quarter less to load.
strip --strip-unneeded -o build/release/terrarium.node build/terrarium.node || exit
"$bun" scripts/executable/build.ts >build/logs/build.log 2>&1 </dev/null || { tail -n 40 build/logs/build.log >&2; die 'the executable could not be built'; }
"$node" scripts/man/main.ts >>build/logs/build.log || die 'the man pages could not be written'
give_back build
say "built $root/build/release/terrarium"
