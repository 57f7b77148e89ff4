// bench-starter: starts programs on request and reports, to the nanosecond, when each printed,
// answered and ended. No measured time includes Node's spawning. Requests on standard input, events
// on standard output; fields are separated by the unit separator (0x1f), and may be empty:
//   start NAME TCP NETWORK ROOT [GROUP]… -- ARGV…
//     TCP: IPV4:PORT to ask after the first line. NETWORK, ROOT: paths. GROUP: a tasks file.
//   kill NAME SIGNAL
//   NAME start|line|out|tcp|exit NANOSECONDS TEXT     (of start: the process; of exit: its code)
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../../native/core/fd.h"
#include "clock.h"

namespace {

struct Child {
  std::string name, address;
  pid_t pid = -1;
  OwnedFd output, process;
  std::string text;   // of a line that has not ended
  bool seen = false;  // its first line
};

/** By descriptor; requests have no child. A child is kept while its output can be written to. */
std::map<int, std::shared_ptr<Child>> watched;
int events_fd;

void say(const Child& child, const char* kind, const std::string& text, long long ns = now_ns()) {
  printf("%s\x1f%s\x1f%lld\x1f%s\n", child.name.c_str(), kind, ns, text.c_str());
  fflush(stdout);
}

void watch(int fd, std::shared_ptr<Child> child) {
  epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(events_fd, EPOLL_CTL_ADD, fd, &event) < 0) perror("epoll_ctl"), exit(1);
  watched[fd] = std::move(child);
}

/** A child that is about to execute may hold a copy, so closing alone would not end its events. */
void close_watched(OwnedFd& fd) {
  epoll_ctl(events_fd, EPOLL_CTL_DEL, fd.get(), nullptr);
  watched.erase(fd.get());
  fd.reset();
}

/** As read(2). What ends with the separator goes to `visit`; the rest stays in `text`. */
template <typename Visit>
ssize_t read_parts(int fd, std::string& text, char separator, Visit visit) {
  char bytes[65536];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  if (got > 0) text.append(bytes, static_cast<size_t>(got));
  size_t at = 0;
  for (size_t end; (end = text.find(separator, at)) != std::string::npos; at = end + 1)
    visit(text.substr(at, end - at));
  text.erase(0, at);
  return got;
}

bool join_network(const char* path) {
  if (*path == 0) return true;
  const OwnedFd fd(open(path, O_RDONLY | O_CLOEXEC));
  return fd.ok() && setns(fd.get(), CLONE_NEWNET) == 0;
}

/** Fields from NETWORK on. In the vforked child, so system calls only. Returns what failed. */
int execute(char* const* fields, int input, int output) {
  if (setsid() < 0) return errno;
  char* const* at = fields + 2;
  for (; strcmp(*at, "--") != 0; at++) {
    const OwnedFd group(open(*at, O_WRONLY | O_CLOEXEC));
    if (!group.ok() || write(group.get(), "0", 1) < 0) return errno;
  }
  if (!join_network(fields[0])) return errno;
  if (*fields[1] != 0 && (chroot(fields[1]) < 0 || chdir("/") < 0)) return errno;
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return errno;
  execvp(at[1], at + 1);
  return errno;
}

void start(std::vector<std::string>& fields) {
  static const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const auto child = std::make_shared<Child>();
  child->name = fields[1], child->address = fields[2];
  std::vector<char*> rest;
  for (size_t i = 3; i < fields.size(); i++) rest.push_back(fields[i].data());
  rest.push_back(nullptr);
  int ends[2];
  volatile int error = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
  const OwnedFd writer(error ? -1 : ends[1]);
  child->output.reset(error ? -1 : ends[0]);
  const long long begun = now_ns();
  const pid_t pid = error ? -1 : vfork();
  if (pid == 0) {
    error = execute(rest.data(), nothing, writer.get());
    _exit(127);
  }
  if (pid < 0 && !error) error = errno;
  if (pid > 0) say(*child, "start", std::to_string(pid), begun);
  if (error) say(*child, "out", strerror(error));
  if (pid < 0) return say(*child, "exit", "127");
  child->pid = pid;
  child->process.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  fcntl(child->output.get(), F_SETFL, O_NONBLOCK);
  watch(child->output.get(), child);
  watch(child->process.get(), child);
}

/** One connection, one request, one read. Waits: nothing else is measured at that moment. */
bool answers(const std::string& address) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
  const size_t colon = address.find(':');
  const int port = atoi(address.c_str() + colon + 1);
  sockaddr_in server = {};
  server.sin_family = AF_INET, server.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr) != 1) return false;
  const OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval longest = {5, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  char text[512];
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&server), sizeof server) == 0 &&
         send(fd.get(), request, sizeof request - 1, MSG_NOSIGNAL) > 0 &&
         read(fd.get(), text, sizeof text) > 0;
}

void spoke(Child& child, const std::string& text) {
  const std::string line = text.substr(0, text.find('\r'));
  const bool first = !child.seen && line == "ready";
  say(child, first ? "line" : "out", line);
  if (!first) return;
  child.seen = true;
  if (child.address.empty()) return;
  if (answers(child.address)) say(child, "tcp", "");
  else say(child, "out", std::string("no answer over TCP: ") + strerror(errno));
}

/** What was printed. False when there is no more now, or for ever. */
bool hear(Child& child) {
  const ssize_t got = read_parts(child.output.get(), child.text, '\n',
                                 [&](const std::string& line) { spoke(child, line); });
  if (got == 0) close_watched(child.output);
  return got > 0 || (got < 0 && errno == EINTR);
}

void ended(Child& child) {
  const long long when = now_ns();
  while (child.output.ok() && hear(child)) continue;
  if (!child.text.empty()) spoke(child, std::exchange(child.text, ""));
  int status = 0;
  waitpid(child.pid, &status, 0);
  close_watched(child.process);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  say(child, "exit", std::to_string(code), when);
}

void signal_named(const std::string* name, int number) {
  for (const auto& [fd, child] : watched)
    if (child && fd == child->process.get() && (!name || *name == child->name))
      kill(-child->pid, number);
}

void request(const std::string& line) {
  std::vector<std::string> fields;
  for (size_t at = 0, end = 0; end != std::string::npos; at = end + 1)
    fields.push_back(line.substr(at, (end = line.find('\x1f', at)) - at));
  if (fields[0] == "start" && fields.size() > 6) start(fields);
  if (fields[0] == "kill" && fields.size() == 3) signal_named(&fields[1], atoi(fields[2].c_str()));
}

}  // namespace

int main() {
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0)
    files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);  // Ctrl-C is our reader's to handle
  events_fd = epoll_create1(EPOLL_CLOEXEC);
  watch(STDIN_FILENO, nullptr);
  std::string requests;
  for (;;) {
    epoll_event event;
    if (epoll_wait(events_fd, &event, 1, -1) != 1) continue;
    const auto child = watched.at(event.data.fd);
    if (!child && read_parts(STDIN_FILENO, requests, '\n', request) == 0) break;
    if (child && event.data.fd == child->output.get()) hear(*child);
    else if (child) ended(*child);
  }
  signal_named(nullptr, SIGKILL);
}
