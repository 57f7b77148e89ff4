// One thread, one poll(2): the master, our input, our output.
#include "pump.h"

#include "clock.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

namespace {

/** After the exit: how long to wait for a silent terminal that a process still holds open. */
constexpr int SILENCE_MS = 200;
/** The same for one that is still written to. */
constexpr int LONGEST_DRAIN_MS = 2000;
/** How often to check whether we are in our terminal's foreground again. */
constexpr int BACKGROUND_MS = 200;
constexpr char END_OF_FILE = 4;  // Ctrl-D
/** What poll(2) calls writable takes this much without blocking: PIPE_BUF of pipe(7). */
constexpr size_t SAFE_WRITE = 512;

int64_t now_ms() { return monotonic_ns() / 1'000'000; }

/** Pipes and terminals. Opening a master again would make another terminal. */
bool can_reopen(const struct stat& file, int fd) {
  if (S_ISFIFO(file.st_mode)) return true;
  constexpr unsigned TTYAUX_MAJOR = 5;
  constexpr unsigned PTMX_MINOR = 2;
  bool ptmx = major(file.st_rdev) == TTYAUX_MAJOR && minor(file.st_rdev) == PTMX_MINOR;
  return S_ISCHR(file.st_mode) && !ptmx && isatty(fd);
}

// O_NONBLOCK belongs to the open file description, which others share: open one of our own.
int reopen(int fd, int flags) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool again() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

Pump::~Pump() {
  stop();
  thread_.join();
}

Failure Pump::open_sides(const PumpEnds& ends) {
  master_.fd = OwnedFd(fcntl(ends.master, F_DUPFD_CLOEXEC, 0));
  if (!master_.open()) return failed("fcntl F_DUPFD");
  int flags = fcntl(master_.fd.get(), F_GETFL);
  if (flags < 0 || fcntl(master_.fd.get(), F_SETFL, flags | O_NONBLOCK) < 0)
    return failed("fcntl F_SETFL");
  struct stat file;
  for (Side* side : {&input_, &output_}) {
    int fd = side == &input_ ? ends.input : ends.output;
    if (fd < 0 || fstat(fd, &file) < 0) continue;
    int opened = -1;
    if (can_reopen(file, fd)) opened = reopen(fd, side == &input_ ? O_RDONLY : O_WRONLY);
    side->fd = OwnedFd(opened >= 0 ? opened : fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!side->open()) return failed("fcntl F_DUPFD");
    side->socket = S_ISSOCK(file.st_mode);
    side->regular = S_ISREG(file.st_mode);
  }
  return {};
}

Failure Pump::start(const PumpEnds& ends) {
  wake_ = OwnedFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.ok()) return failed("eventfd");
  if (Failure refused = open_sides(ends)) return refused;
  return thread_.start([this] { run(); });
}

void Pump::say(const std::string& text) {
  {
    std::lock_guard lock(mutex_);
    said_ += text;
  }
  wake();
}

void Pump::finish() {
  {
    std::lock_guard lock(mutex_);
    finish_asked_ = true;
  }
  wake();
}

void Pump::stop() {
  stopped_ = true;
  if (wake_.ok()) wake();
}

void Pump::wake() {
  uint64_t one = 1;
  // EAGAIN: the counter is full, so the reader will wake in any case.
  while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Pump::run() {
  if (!input_.open()) end_input();
  while (step() == Flow::ON) {
  }
  auto event = std::make_unique<Event>();
  event->kind = wire::EVENT_PUMPED;
  event->id = id_;
  event->a = output_lost_;
  sink_.post(std::move(event));
}

Pump::Flow Pump::step() {
  if (stopped_) return Flow::ENDED;
  if (!output_.open()) to_output_ = {};
  if (!master_.open() && to_output_.empty()) return Flow::ENDED;
  auto side = [](const Side& one, bool wanted, short events) -> pollfd {
    return {wanted ? one.fd.get() : -1, events, 0};
  };
  short master_events =
      static_cast<short>((to_output_.has_room() ? POLLIN : 0) | (to_master_.empty() ? 0 : POLLOUT));
  // poll(2) always reports POLLHUP: leave out a master that is not read.
  pollfd ends[] = {
      {wake_.get(), POLLIN, 0},
      side(master_, master_.open() && master_events != 0, master_events),
      side(input_, input_.open() && to_master_.empty() && !finishing_ && !background_, POLLIN),
      side(output_, output_.open() && !to_output_.empty(), POLLOUT),
  };
  if (poll(ends, 4, timeout_ms()) < 0 && errno != EINTR) return Flow::ENDED;
  background_ = false;
  if (ends[0].revents) obey();
  if (ends[1].revents & POLLOUT) write_master();
  if (ends[1].revents & (POLLIN | POLLHUP | POLLERR) && to_output_.has_room()) read_master();
  if (ends[2].revents && !finishing_) read_input();
  if (ends[3].revents) write_output();
  if (finishing_ && master_.open()) end_drain();
  return Flow::ON;
}

void Pump::end_drain() {
  // A full output stops reading the master: that does not count as silence.
  if (!to_output_.has_room()) return;
  int64_t now = now_ms();
  bool silent = now - std::max(heard_ms_, finished_ms_) >= SILENCE_MS;
  if (silent || now - finished_ms_ >= LONGEST_DRAIN_MS) master_.fd.reset();
}

int Pump::timeout_ms() const {
  if (finishing_ && master_.open()) return SILENCE_MS / 4;
  return background_ ? BACKGROUND_MS : -1;
}

// Requests of the host program.
void Pump::obey() {
  uint64_t wakes;
  if (read(wake_.get(), &wakes, sizeof wakes) < 0) return;
  std::string said;
  {
    std::lock_guard lock(mutex_);
    said.swap(said_);
    if (finish_asked_ && !finishing_) {
      finishing_ = true;
      finished_ms_ = now_ms();
    }
  }
  if (said.empty()) return;
  if (!line_.empty()) to_output_.append("\r\n");
  to_output_.append(said);
  to_output_.append(line_.text());
}

void Pump::read_input() {
  size_t size;
  uint8_t* space = to_master_.space(size);
  ssize_t got = read(input_.fd.get(), space, size);
  if (got > 0) {
    midline_ = space[got - 1] != '\n' && space[got - 1] != '\r';
    to_master_.filled(static_cast<size_t>(got));
    return write_master();
  }
  if (got < 0 && again()) return;
  // EIO: our terminal's foreground is another's (then it may come back), or it has hung up.
  bool ours = tcgetpgrp(input_.fd.get()) == getpgrp();
  if (got < 0 && errno == EIO && isatty(input_.fd.get()) && !ours) {
    background_ = true;
    return;
  }
  end_input();
}

// Ctrl-D for the reading program: twice after an unfinished line, which the first one completes.
void Pump::end_input() {
  input_.fd.reset();
  const char ends[] = {END_OF_FILE, END_OF_FILE};
  to_master_.append({ends, midline_ ? 2u : 1u});
}

void Pump::read_master() {
  size_t size;
  uint8_t* space = to_output_.space(size);
  ssize_t got = read(master_.fd.get(), space, size);
  if (got > 0) {
    heard_ms_ = now_ms();
    line_.add(space, static_cast<size_t>(got));
    to_output_.filled(static_cast<size_t>(got));
    return write_output();
  }
  if (got < 0 && again()) return;
  // EIO: the other side is closed.
  master_.fd.reset();
  to_master_ = {};
}

void Pump::write_master() {
  size_t size;
  const uint8_t* bytes = to_master_.data(size);
  if (size == 0 || !master_.open()) return;
  ssize_t count = write(master_.fd.get(), bytes, size);
  if (count > 0) to_master_.taken(static_cast<size_t>(count));
  else if (count < 0 && !again()) to_master_ = {};  // reading detects that it is gone
}

void Pump::write_output() {
  size_t size;
  const uint8_t* bytes = to_output_.data(size);
  if (size == 0 || !output_.open()) return;
  int fd = output_.fd.get();
  ssize_t count;
  if (output_.socket) {
    count = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else {
    bool blocks = !output_.regular && !(fcntl(fd, F_GETFL) & O_NONBLOCK);
    if (blocks) {
      pollfd asked = {fd, POLLOUT, 0};
      if (poll(&asked, 1, 0) <= 0) return;
      size = std::min(size, SAFE_WRITE);
    }
    count = write(fd, bytes, size);
  }
  if (count > 0) return to_output_.taken(static_cast<size_t>(count));
  if (count < 0 && again()) return;
  // Its reader is gone, or its disk is full: read on, and drop the container's output.
  output_lost_ = true;
  output_.fd.reset();
}
