# fail.sh REASON: prints on the console why the guest cannot continue (the host looks for
# this line), and powers off.
echo "terrarium: guest failed: $1"
sync
poweroff -f
