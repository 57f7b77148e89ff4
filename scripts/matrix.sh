#!/bin/sh
# npm run matrix [-- options]: runs the specs, or your own tests, in real kernels, by QEMU. Installs
# missing programs.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
program=${TERRARIUM_MATRIX_PROGRAM:-kernels/cli/main.ts}
case $program in */bisect.ts) help_if_asked bisect "$@" ;; *) help_if_asked matrix "$@" ;; esac
# A list needs neither guests nor their contents.
case " $* " in
  *' --list '*)
    sh scripts/setup.sh && pinned_node && run_node "$program" "$@"
    exit
    ;;
esac
sh scripts/build.sh --if-stale || exit
pinned_node

missing= arm64=
case " $* " in
  *-arm64*)
    arm64='qemu-system-aarch64:qemu-system-arm aarch64-linux-gnu-g++:g++-aarch64-linux-gnu
      qemu-aarch64-static:qemu-user-static'
    ;;
esac
for pair in $arm64 qemu-system-x86_64:qemu-system-x86 mkfs.erofs:erofs-utils depmod:kmod \
  xz:xz-utils zstd:zstd dpkg-deb:dpkg setpriv:util-linux patchelf:patchelf mmdebstrap:mmdebstrap; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || die "guests need:$missing" 'install them with your package manager, and apt for the kernels'
  say "installing with apt:$missing …"
  mkdir -p build/logs
  # shellcheck disable=SC2086 # a list of words
  { DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $missing ||
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $missing; }; } >build/logs/matrix.log 2>&1 ||
    die "they could not be installed" "apt's output is in $root/build/logs/matrix.log"
fi
[ -z "$arm64" ] || sh scripts/build.sh --arch arm64 || exit
run_node "$program" "$@"
