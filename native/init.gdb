# gdb in a container's init: docs/debugging.md. Follows the clone of `terrarium shell`, stops where
# the init begins, and knows its names.
set pagination off
set confirm off
set breakpoint pending on
set follow-fork-mode child
# The init is a program of its own, by execveat(2) of a memfd.
set follow-exec-mode new
set auto-solib-add off
catch exec
run
delete
symbol-file build/terrarium-init
