#!/bin/sh
# npm run man: writes the man pages to build/man. Needs no root.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked man "$@"
need_packages
run_node scripts/man/main.ts
