#!/bin/sh
# npm run build: sets up, then makes build/release/terrarium, one static executable, and the man
# pages. Fetches the engine's source from Debian the first time.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked build "$@"
stale= source= arch=
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
    --arch)
      case ${2-} in
        arm64) [ "$(uname -m)" = aarch64 ] || arch=arm64 ;;
        *) die "--arch cannot be ${2-}" 'arm64 can be built elsewhere' ;;
      esac
      shift
      ;;
    *) die "unknown option $1" 'npm run build -- --help lists the options' ;;
  esac
  shift
done
sh scripts/setup.sh || exit
pinned_node
if [ -z "$source$arch" ] && [ -d build/man ] && executable_is_up_to_date; then
  [ -n "$stale" ] || say "$root/build/release/terrarium is up to date"
  exit 0
fi

mkdir -p build/release build/logs
# One at a time: each removes the files of an interrupted one.
exec 8>build/release/lock
! command -v flock >/dev/null || flock 8
rm -f build/release/*.part
"$node" scripts/engine/build.ts ${source:+--engine-source "$source"} ${arch:+--arch "$arch"} || exit
"$node" scripts/man/main.ts >>build/logs/build.log || die 'the man pages could not be written'
give_back build
