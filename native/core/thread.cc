// Threads of the core block all signals: those are the host program's.
#include "thread.h"

#include <signal.h>

Failure Thread::start(std::function<void()> run) {
  auto owned = std::make_unique<std::function<void()>>(std::move(run));
  // The new thread inherits the mask, so no signal can reach it first.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(
      &id_, nullptr,
      [](void* argument) -> void* {
        std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
        (*body)();
        return nullptr;
      },
      owned.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error) return failed("pthread_create", error);
  (void)owned.release();  // the thread's now
  started_ = true;
  return {};
}

void Thread::join() {
  if (!started_) return;
  started_ = false;
  pthread_join(id_, nullptr);
}
