// The released executable: the command on our own host.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "callback.h"
#include "host/loop.h"
#include "heap/heap.h"
#include "host/process.h"
#include "runtime.h"
#include "host/signals.h"
#include "heap/snapshot.h"
#include "host/value.h"

namespace {

/** Otherwise the next file opened would become a standard stream, and the container's. */
void open_standard_streams() {
  struct stat found;
  for (int fd = 0; fd <= 2; fd++) {
    if (fstat(fd, &found) == 0 || errno != EBADF) continue;
    if (open("/dev/null", O_RDWR) != fd)
      give_up("a standard stream is closed, and /dev/null is missing");
  }
}

int exit_status() {
  JSContext* js = roots().context;
  JSValue result = JS_Call(js, roots().exit, JS_UNDEFINED, 0, nullptr);
  int32_t status = 125;
  if (!JS_IsException(result)) JS_ToInt32(js, &status, result);
  return status & 0xff;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    set_arguments(count, arguments);
    if (!has_snapshot() && count == 4 && !strcmp(arguments[1], "--dump-heap"))
      dump_snapshot(arguments[2], static_cast<size_t>(atoi(arguments[3])));
    if (!reserve_heap(0)) give_up_without_memory();
    open_standard_streams();
    if (int error = ignore_broken_pipes()) give_up_for("sigaction", error);
    if (has_snapshot()) restore_snapshot();
    else start_from_bytecode();
    call_back(roots().main, 0, nullptr);
    run_loop();
    _exit(exit_status());
  } catch (const std::bad_alloc&) {
    give_up_without_memory();
  }
}
