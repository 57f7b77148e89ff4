#!/bin/sh
# npm run report: opens the last report, or prints its address.
root=${0%/*}/..
. "${0%/*}/checkout.sh"
help_if_asked report "$@"
report=$root/reports/out/report.html
[ -r "$report" ] || die 'there is no report yet' 'sudo npm run verify writes it'
# Does not start a browser as root.
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "$(id -u)" != 0 ] && command -v xdg-open >/dev/null; then
  xdg-open "$report" && exit
fi
printf 'file://%s\n' "$report"
