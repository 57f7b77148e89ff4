#!/bin/sh
# npm run submission -- ROLL [--with-executable]: packs ROLL.tar.gz for the assignment: the sources,
# which build and verify once unpacked. In a git checkout packs the committed files, in an unpacked
# submission all files except output. The same files give the same bytes.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked submission "$@"
roll=${1-}
executable=
case ${2-} in
  '') ;;
  --with-executable) executable='./build/release/terrarium ./build/release/inputs.sh' ;;
  *) die "unknown option $2" 'npm run submission -- --help lists the options' ;;
esac
case $roll in
  '') die 'which roll number?' 'npm run submission -- 23m0000' ;;
  *[!A-Za-z0-9_-]* | -*) die "not a roll number: $roll" 'letters, digits, - and _, not beginning with -' ;;
esac
archive=$root/$roll.tar.gz
[ -z "$executable" ] || executable_is_up_to_date ||
  die 'the executable is not there, or older than its sources' 'sudo npm run build'
trap 'rm -f "$archive.part"' EXIT

from_git() {
  # Under sudo root packs its user's checkout, which git allows only with safe.directory.
  set -- --no-optional-locks -c safe.directory="$root"
  changed=$(git "$@" status --porcelain) || die 'git cannot read this checkout'
  [ -z "$changed" ] || {
    printf '%s\n' "$changed" >&2
    die 'these files are not committed and would be missing' 'commit or delete them, then pack again'
  }
  set -- "$@" archive --format=tar --prefix="$roll/build/release/"
  # All have the time of the commit, so the executable is not older than its sources.
  for file in $executable; do set -- "$@" --add-file="$file"; done
  git "$@" --prefix="$roll/" HEAD
}

pack() {
  tar --sort=name --mtime=2026-01-01T00:00Z --owner=0 --group=0 --numeric-owner \
    --mode='u=rwX,go=rX' --transform="s,^\.,$roll," "$@"
}
from_files() {
  sed -n 's:/*$::; /^[^#]/p' .gitignore | pack --create --exclude-from=- .
}

if [ -e .git ]; then from_git; else from_files; fi >"$archive.part" || exit
if [ -n "$executable" ] && [ ! -e .git ]; then
  # shellcheck disable=SC2086 # a list of words
  pack --append --file="$archive.part" $executable || exit
fi
gzip -9 -n <"$archive.part" >"$archive" || exit
[ "${SUDO_UID:-0}" = 0 ] || chown "$SUDO_UID:$SUDO_GID" "$archive"
printf '%s (%s files)\n' "$archive" "$(tar -tf "$archive.part" | grep -vc '/$')"
