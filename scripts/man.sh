#!/bin/sh
# npm run man: writes the man pages to build/man. Needs no root.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked man "$@"
pinned_node || die 'the npm packages are not installed yet' 'npm ci --ignore-scripts (or any command that sets up, such as sudo npm run shell)'
run_node scripts/man/main.ts
