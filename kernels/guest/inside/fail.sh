# fail.sh REASON: says on the console why the guest cannot go on, in the words that the host looks
# for, and ends.
echo "terrarium: guest failed: $1"
sync
poweroff -f
