// Signals to this process: the handler records them and wakes the loop.
#pragma once

/** Ignores SIGPIPE: a write to a closed pipe fails with EPIPE. 0, or the errno. */
int ignore_broken_pipes();

/** A descriptor that is readable after a signal; -1 while there is no listener. */
int signal_fd();

/** Calls the hook for each signal since the last call. */
void report_signals();
