// Terminals of this side: raw mode and back, who is in the foreground, a pair outside containers.
#pragma once
#include <termios.h>

#include "failure.h"

/** termios(3), cfmakeraw: no echo, no signals, no output processing. Fills `before`. */
Failure make_raw(int fd, termios& before);
/** At once, whatever is waiting to be read or written. */
Failure restore_terminal(int fd, const termios& saved);
/** Whether `fd` is our controlling terminal and we are in its foreground process group. */
bool in_foreground(int fd);
Failure set_window_size(int fd, unsigned short columns, unsigned short rows);

struct Pty {
  int master = -1;
  int slave = -1;
  Failure failure = {};
};

/** A pair in our own devpts: pty(7). */
Pty open_pty();
