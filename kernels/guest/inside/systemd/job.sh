# The job of a guest with systemd, as root; the specs run in a user's session. Brings the results to
# the host.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /terrarium || exit
. kernels/guest/inside/words.sh

echo 1 >/proc/sys/kernel/panic_on_oops
mkdir -p /run/out
ln -s "$(port progress)" /run/progress
read -r uptime rest </proc/uptime
echo "terrarium: ready $uptime"
case $(word do specs) in
  specs | full)
    [ "$(word do)" = specs ] || cat /dev/zero >/fill 2>/dev/null
    systemctl start --wait terrarium-session.service
    ;;
  exec) sh kernels/guest/inside/exec.sh >"$(port progress)" 2>"$(port errors)" ;;
  panic) echo c >/proc/sysrq-trigger ;;
  hang) while :; do sleep 3600; done ;;
esac
dmesg >/run/out/dmesg.txt 2>/dev/null
send_results
sync
poweroff -f
