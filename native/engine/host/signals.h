// Signals to this process: the handler notes them and wakes the loop.
#pragma once

/** Ignores SIGPIPE: a write to a closed pipe fails with EPIPE. 0, or the errno. */
int ignore_broken_pipes();

/** Readable when a signal came; -1 while none is listened to. */
int signal_fd();

/** Calls the hook for each signal that has come since. */
void report_signals();
