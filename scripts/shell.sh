#!/bin/sh
# npm run shell [-- rootfs hostname options -- command]: sets up, then `terrarium shell`. Without a rootfs, the default one.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked shell "$@"
sh scripts/setup.sh || exit
case ${1--} in
  -*) set -- "$root/fixtures/rootfs/out/default" terrarium "$@" ;;
esac
# A relative path means what it meant where the command was typed.
cd -- "$typed_in" || exit
exec "$root/bin/terrarium" shell "$@"
