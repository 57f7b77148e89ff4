// The two threads behind the addon. The spawner clones: it lives as long as the runtime, because PR_SET_PDEATHSIG follows
// the thread that cloned. The poller waits for what the kernel says (records, ends of processes, readable descriptors)
// and posts events to JavaScript. Nothing here blocks Node's event loop.
#pragma once
#include <napi.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "host.h"

/** One birth. Descriptors stay the caller's; -1 is none. */
struct SpawnRequest {
  uint32_t id;
  uint64_t flags;  // CLONE_NEW* of clone3(2)
  int stdio[3];
  int extra;
  int cgroup;           // v2 directory, for CLONE_INTO_CGROUP
  int detached_cgroup;  // the same, for the watcher to use
  int join_pid;         // PID namespace to be born in
  bool batched;         // what the init says may be heard late, together with its end
  int control;          // the init's end of the conversation: the engine's own
};

/** What JavaScript is told: the callback's arguments. */
struct Event {
  enum Kind { BORN = 0, RESULTS = 1, CLOSED = 2, EXIT = 3, READABLE = 4 } kind;
  uint32_t id;
  int64_t a =
      0;  // BORN: pid or -errno; CLOSED: whether its process has ended, too; EXIT: exit status or -1
  int64_t b = 0;  // BORN: pidfd; EXIT: signal
  int64_t c = 0;  // EXIT: CPU time, microseconds
  int64_t d = 0;  // EXIT: maximum resident set, KiB
  std::vector<uint8_t> bytes;
  std::vector<int> descriptors;
};

class Engine {
 public:
  Engine(Napi::Env env, Napi::Function on_event);
  void stop();
  void spawn(std::unique_ptr<SpawnRequest> request);
  /** Also while the birth is under way: the init finds it in its socket. */
  void tell(uint32_t id, const uint8_t* bytes, size_t size);
  /** Host operations for when the process has ended. Said too late, they are nobody's. */
  void at_end(uint32_t id, Bytes message);
  void watch(uint32_t id, int fd);
  void ref(Napi::Env env) { post_.Ref(env); }
  void unref(Napi::Env env) { post_.Unref(env); }

 private:
  enum class Source { CONTROL, PIDFD, READABLE, TIMER, STOP };
  enum class Received { MESSAGE, NOTHING, END };
  struct Watched {
    Source source;
    uint32_t id;
    int fd;
  };

  void spawner();
  void poller();
  void born(const SpawnRequest& request);
  void add(Watched* watched);
  void add_later(Watched* control);
  void add_due();
  void remove(Watched* watched);
  void forget(Watched* control);
  Received receive(Watched* control);
  void closed(Watched* control, bool ended);
  Watched* control_of(uint32_t id);
  void ended(Watched* process);
  void perform_end(uint32_t id);
  void emit(std::unique_ptr<Event> event);

  Napi::ThreadSafeFunction post_;
  std::mutex queue_mutex_;
  std::condition_variable queue_ready_;
  std::deque<std::unique_ptr<SpawnRequest>> queue_;
  bool stopping_ = false;

  std::mutex watched_mutex_;
  std::map<uint32_t, Watched*> controls_;
  std::map<uint32_t, Bytes> endings_;
  std::vector<uint32_t>
      batched_;  // births whose control is to be watched when the timer has run down
  std::vector<Watched*>
      held_;  // the poller's own: ended, but a tracer (strace, gdb) has yet to let their parent know
  int epoll_;
  int stop_;
  int timer_;
  std::thread spawner_;
  std::thread poller_;
};

/** A sealed memfd that holds the init: nobody can write to it, not even through /proc/PID/exe. Throws std::system_error. */
int seal_init(const uint8_t* image, size_t size);
extern int init_image;

/** Clones and executes the init; the request's `control` becomes its descriptor 3. Returns the pid and fills `pidfd`, or -errno. */
long clone_init(const SpawnRequest& request, int* pidfd);

void export_system(Napi::Env env, Napi::Object exports);
void export_seccomp(Napi::Env env, Napi::Object exports);
