// A thread with all signals blocked. Its creation can fail (EAGAIN), which std::thread would throw.
#pragma once
#include <pthread.h>

#include <functional>
#include <memory>

#include "failure.h"

class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { join(); }
  Failure start(std::function<void()> run);
  /** Joins the thread, if it was started. */
  void join();

 private:
  pthread_t id_ = 0;
  bool started_ = false;
};
