// Terminals of the host: raw mode and back, the foreground process group, a pair of our own.
#pragma once
#include <termios.h>

#include "failure.h"

/** What passes unchanged: bytes both ways, or only what is written. */
enum class Raw { BOTH, OUTPUT };
/**
 * termios(3), cfmakeraw: no echo, no signals, no output processing; or only that. Fills `before`.
 */
Failure make_raw(int fd, Raw what, termios& before);
/** At once, whatever is waiting to be read or written. */
Failure restore_terminal(int fd, const termios& saved);
/** False when it is our controlling terminal and its foreground is another process group's: then
 * using it would stop us (SIGTTIN, SIGTTOU). */
bool in_foreground(int fd);
Failure set_window_size(int fd, unsigned short columns, unsigned short rows);

struct Pty {
  int master = -1;
  int slave = -1;
  Failure failure = {};
};

/** A pair in our own devpts: pty(7). */
Pty open_pty();
