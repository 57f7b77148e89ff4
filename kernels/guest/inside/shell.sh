# An interactive shell in the guest, on its serial line: with the project in /terrarium and its
# command in the PATH.
export PATH=/terrarium/bin:$PATH PS1='guest:\w# ' TERM=xterm-256color
export ROOTFS=/terrarium/fixtures/rootfs/out/default
stty sane
echo "Linux $(uname -r). Try: terrarium doctor; terrarium shell \$ROOTFS box."
echo "'exit' ends the guest."
exec sh -i
