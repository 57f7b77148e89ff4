#!/bin/sh
# npm run shell [-- rootfs hostname options -- command]: sets up, then runs `terrarium shell`, by
# default on the default root file system.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked shell "$@"
sh scripts/setup.sh || exit
case ${1--} in
  -*) set -- "$root/fixtures/rootfs/out/default" terrarium "$@" ;;
esac
# A relative path is relative to the caller's directory.
cd -- "$typed_in" || exit
exec "$root/bin/terrarium" shell "$@"
