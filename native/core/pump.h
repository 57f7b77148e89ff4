// Carries bytes between this command's terminal and a container's, unchanged, on a separate thread:
// a side that blocks keeps nothing else waiting.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "buffer.h"
#include "event.h"
#include "fd.h"
#include "thread.h"

/** Descriptors stay the caller's; the pump has copies. */
struct PumpEnds {
  int master;  // of the container's terminal; becomes non-blocking
  int input;   // ours: a terminal, a pipe, a file; -1 for none
  int output;
};

class Pump {
 public:
  Pump(Sink& sink, uint32_t id) : sink_(sink), id_(id) {}
  ~Pump();
  /** Posts EVENT_PUMPED when it has ended. */
  Failure start(const PumpEnds& ends);
  /** A line of ours among the container's output: above the line that is being written. */
  void say(const std::string& text);
  /** The workload has exited: stop reading input, drain the remaining output. */
  void finish();
  /** Ends at once and drops what has not been passed on. */
  void stop();

 private:
  /** One side: a non-blocking descriptor, or a blocking one that is polled first. */
  struct Side {
    OwnedFd fd;
    bool socket = false;
    bool regular = false;  // a regular file, always writable
    bool open() const { return fd.ok(); }
  };
  enum class Flow { ON, ENDED };

  Failure open_sides(const PumpEnds& ends);
  void run();
  Flow step();
  void end_drain();
  void obey();
  void read_input();
  void read_master();
  void write_output();
  void write_master();
  void end_input();
  int timeout_ms() const;
  void wake();

  Sink& sink_;
  uint32_t id_;
  Side master_;
  Side input_;
  Side output_;
  OwnedFd wake_;
  Buffer to_output_;
  Buffer to_master_;
  LastLine line_;
  bool midline_ = false;      // the last input did not end a line
  bool background_ = false;   // another process group is in the foreground: wait, then check again
  bool output_lost_ = false;  // the reader of our output is gone
  bool finishing_ = false;
  int64_t finished_ms_ = 0;  // the time of finish()
  int64_t heard_ms_ = 0;     // the time of the last read from the master

  std::mutex mutex_;
  std::string said_;
  bool finish_asked_ = false;
  std::atomic<bool> stopped_ = false;
  Thread thread_;
};
