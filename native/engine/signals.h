// Signals to this process: the handler notes them and wakes the loop.
#pragma once

/** Notes which signals are ignored, then ignores SIGPIPE. 0, or the errno. */
int note_signals();

/** Readable when a signal came; -1 while none is listened to. */
int signal_fd();

/** Calls the hook for each signal that has come since. */
void report_signals();
