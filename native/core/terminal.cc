// Terminals of the host.
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fd.h"

Failure make_raw(int fd, Raw what, termios& before) {
  if (tcgetattr(fd, &before) < 0) return failed("tcgetattr");
  termios raw = before;
  if (what == Raw::BOTH) cfmakeraw(&raw);
  else raw.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  // TCSADRAIN would block on a stopped terminal (Ctrl-S).
  if (tcsetattr(fd, TCSANOW, &raw) < 0) return failed("tcsetattr");
  return {};
}

Failure restore_terminal(int fd, const termios& saved) {
  return tcsetattr(fd, TCSANOW, &saved) < 0 ? failed("tcsetattr") : Failure{};
}

bool in_foreground(int fd) {
  pid_t foreground = tcgetpgrp(fd);
  // ENOTTY: not our controlling terminal, so job control does not apply.
  return foreground < 0 ? errno == ENOTTY : foreground == getpgrp();
}

Failure set_window_size(int fd, unsigned short columns, unsigned short rows) {
  winsize size = {};
  size.ws_col = columns;
  size.ws_row = rows;
  return ioctl(fd, TIOCSWINSZ, &size) < 0 ? failed("ioctl TIOCSWINSZ") : Failure{};
}

Pty open_pty() {
  OwnedFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master.ok()) return {-1, -1, failed("posix_openpt")};
  if (unlockpt(master.get()) < 0) return {-1, -1, failed("unlockpt")};
  int slave = ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return {-1, -1, failed("ioctl TIOCGPTPEER")};
  return {master.release(), slave, {}};
}
