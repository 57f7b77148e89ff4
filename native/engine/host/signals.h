// Signals to this process: the handler notes them and wakes the loop.
#pragma once

/** Writing to what nothing reads is an error, EPIPE, and no signal. 0, or the errno. */
int ignore_broken_pipes();

/** Readable when a signal came; -1 while none is listened to. */
int signal_fd();

/** Calls the hook for each signal that has come since. */
void report_signals();
