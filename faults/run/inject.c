// Runs a command and makes one of its system calls fail, or ends it there by SIGKILL: ptrace(2).
// usage: inject REPORT record CALLS -- COMMAND…
//        inject REPORT fail ROLE CALL NTH ERRNO -- COMMAND…
//        inject REPORT kill ROLE CALL NTH 0 -- COMMAND…
// REPORT is a descriptor for lines of fields between tabs; CALLS and CALL are numbers. Only these
// calls stop, all others run at full speed. If standard input is a terminal, it becomes the
// controlling one. Processes left by the command stay traced, since a filter without its tracer
// answers ENOSYS: this program ends with the last of them, and all of them end with this program.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  MAX_TASKS = 4096,
  MAX_CALLS = 1024,
  MAX_KEYS = 4096,
  NAME = 48,
  CHAIN = 24,
  STACK_WORDS = 768
};

/** Role of a process: the launcher becomes the runtime, its child the init, then the program. */
enum image { LAUNCHER, RUNTIME, CHILD, INIT, PROGRAM };
static const char* const IMAGES[] = {"launcher", "runtime", "child", "init", "program"};

struct task {
  pid_t tid, tgid;
  enum image image;
  /** Stopped before its parent's event, so its role is unknown. */
  int early;
};

/** Number of calls by a role. */
struct count {
  char role[NAME];
  long call, times;
};

static struct task tasks[MAX_TASKS];
static int task_count;
static struct count counts[MAX_KEYS];
static int count_count;
static FILE* report;
static pid_t root;
static char mode;  // r, f, k
static long calls[MAX_CALLS];
static int call_count;
static const char* wanted_role;
static long wanted_nth, wanted_errno;
static int injected;
/** close(2) closes even on an error: it is made, and its result changed afterwards. */
static pid_t closing;

static void die(const char* what) {
  fprintf(report ? report : stderr, "broken\t%s: %s\n", what, strerror(errno));
  exit(99);
}

static struct task* task_of(pid_t tid) {
  for (int i = 0; i < task_count; i++)
    if (tasks[i].tid == tid) return &tasks[i];
  return NULL;
}

static void forget(pid_t tid) {
  struct task* task = task_of(tid);
  if (task) *task = tasks[--task_count];
}

static pid_t tgid_of(pid_t tid) {
  char path[64], line[256];
  pid_t tgid = tid;
  snprintf(path, sizeof path, "/proc/%d/status", tid);
  FILE* file = fopen(path, "re");
  if (!file) return tid;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "Tgid: %d", &tgid) == 1) break;
  fclose(file);
  return tgid;
}

static struct task* add(pid_t tid, enum image image) {
  struct task* known = task_of(tid);
  if (known) return known;
  if (task_count == MAX_TASKS) die("too many tasks");
  tasks[task_count] = (struct task){tid, tgid_of(tid), image, 0};
  return &tasks[task_count++];
}

/** The role after execve, by the executed file. */
static enum image image_of(pid_t pid, enum image before) {
  char path[64], exe[4096];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink(path, exe, sizeof exe - 1);
  exe[length < 0 ? 0 : length] = 0;
  const char* name = strrchr(exe, '/');
  name = name ? name + 1 : exe;
  if (strncmp(name, "memfd:", 6) == 0 || strncmp(name, "terrarium-init", 14) == 0) return INIT;
  if (before <= RUNTIME)
    return !strcmp(name, "node") || !strcmp(name, "terrarium") ? RUNTIME : LAUNCHER;
  return PROGRAM;
}

/** An executable that contains our code: nothing is loaded before it. */
static int is_alone(pid_t pid) {
  char path[64], exe[4096];
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink(path, exe, sizeof exe - 1);
  return length > 10 && strncmp(exe + length - 10, "/terrarium", 10) == 0;
}

/** Whether the engine has loaded our code, and whether that has started to read the host. */
static int loading, running;

/** `runtime`, or `engine` until our code runs; with the name of a thread other than the first. */
static void role_of(const struct task* task, char* role) {
  const char* image = task->image == RUNTIME && !running ? "engine" : IMAGES[task->image];
  if (task->tid == task->tgid || task->image != RUNTIME) {
    snprintf(role, NAME, "%s", image);
    return;
  }
  char path[64], comm[32] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", task->tid);
  FILE* file = fopen(path, "re");
  if (file) {
    if (!fgets(comm, sizeof comm, file)) comm[0] = 0;
    fclose(file);
  }
  comm[strcspn(comm, "\n")] = 0;
  for (char* c = comm; *c; c++)
    if (*c == ' ' || *c == ':' || *c == '/') *c = '-';
  snprintf(role, NAME, "%s/%s", image, comm);
}

static long next_of(const char* role, long call) {
  for (int i = 0; i < count_count; i++)
    if (counts[i].call == call && !strcmp(counts[i].role, role)) return ++counts[i].times;
  if (count_count == MAX_KEYS) die("too many roles");
  struct count* fresh = &counts[count_count++];
  snprintf(fresh->role, NAME, "%s", role);
  fresh->call = call;
  return fresh->times = 1;
}

/** The needed registers of either processor. */
struct registers {
  uint64_t sp, ip;
};

static struct registers registers_of(pid_t tid) {
  struct user_regs_struct regs;
  struct iovec io = {&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io) < 0) return (struct registers){0, 0};
#if defined(__x86_64__)
  return (struct registers){regs.rsp, regs.rip};
#else
  return (struct registers){regs.sp, regs.pc};
#endif
}

/** Skips the call and returns -error: its number becomes -1 (SECCOMP_RET_TRACE). */
static int fail_call(pid_t tid, long error) {
  struct user_regs_struct regs;
  struct iovec io = {&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io) < 0) return -1;
#if defined(__x86_64__)
  regs.orig_rax = -1;
  regs.rax = -error;
#else
  int none = -1;
  struct iovec number = {&none, sizeof none};
  if (ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) < 0) return -1;
  regs.regs[0] = -error;
#endif
  return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &io);
}

static int answer(pid_t tid, long error) {
  struct user_regs_struct regs;
  struct iovec io = {&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io) < 0) return -1;
#if defined(__x86_64__)
  regs.rax = -error;
#else
  regs.regs[0] = -error;
#endif
  return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &io);
}

/** The files of the return addresses on the stack, innermost first. Some may be stale. */
static void write_chain(pid_t tid) {
  struct registers at = registers_of(tid);
  uint64_t words[STACK_WORDS + 1];
  struct iovec mine = {words + 1, sizeof words - sizeof *words},
               theirs = {(void*)at.sp, sizeof words - sizeof *words};
  ssize_t got = process_vm_readv(tid, &mine, 1, &theirs, 1, 0);
  int count = got < 0 ? 1 : 1 + (int)(got / 8);
  words[0] = at.ip;

  static struct {
    uint64_t from, to;
    char name[64];
  } maps[512];
  int mapped = 0;
  char path[64], line[4608];
  snprintf(path, sizeof path, "/proc/%d/maps", tid);
  FILE* file = fopen(path, "re");
  while (file && mapped < 512 && fgets(line, sizeof line, file)) {
    char flags[8] = "", object[4096] = "";
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %4095[^\n]", &maps[mapped].from, &maps[mapped].to,
               flags, object) < 3)
      continue;
    if (!strchr(flags, 'x')) continue;
    const char* name = strrchr(object, '/');
    snprintf(maps[mapped].name, sizeof maps[mapped].name, "%.60s",
             name        ? name + 1
             : object[0] ? object
                         : "jit");
    mapped++;
  }
  if (file) fclose(file);
  const char* last = "";
  for (int i = 0, written = 0; i < count && written < CHAIN; i++)
    for (int m = 0; m < mapped; m++) {
      if (words[i] < maps[m].from || words[i] >= maps[m].to) continue;
      if (strcmp(last, maps[m].name)) fprintf(report, "%s%s", written++ ? " " : "", maps[m].name);
      last = maps[m].name;
      break;
    }
}

/** The target of a descriptor: a path, `pipe:[1]`, `anon_inode:[eventfd]`. */
static void read_target(pid_t tid, long call, uint64_t fd, char* text, size_t size) {
  switch (call) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_readv:
    case SYS_writev:
    case SYS_close:
    case SYS_ioctl:
    case SYS_getdents64:
    case SYS_ftruncate:
    case SYS_fchmod:
    case SYS_fchown: {
      char path[64];
      snprintf(path, sizeof path, "/proc/%d/fd/%d", tid, (int)fd);
      ssize_t length = readlink(path, text, size - 1);
      text[length < 0 ? 0 : length] = 0;
    }
  }
}

/** fcntl(2) can run out of descriptors only if it makes one. */
static const char* command_of(uint64_t command) {
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? "duplicate" : "flags";
}

/** The path of a call, or nothing. */
static const char* path_of(pid_t tid, long call, const uint64_t* args) {
  static char text[512];
  int index = -1;
  if (call == SYS_fcntl) return command_of(args[1]);
  switch (call) {
    case SYS_openat:
    case SYS_openat2:
    case SYS_mkdirat:
    case SYS_unlinkat:
    case SYS_readlinkat:
    case SYS_newfstatat:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_mknodat:
    case SYS_statx:
    case SYS_execveat:
    case SYS_fchownat:
    case SYS_open_tree:
    case SYS_mount_setattr: index = 1; break;
    case SYS_execve:
    case SYS_chdir:
    case SYS_statfs: index = 0; break;
    case SYS_mount: index = 1; break;
#if defined(__x86_64__)
    case SYS_open:
    case SYS_mkdir:
    case SYS_rmdir:
    case SYS_unlink:
    case SYS_readlink:
    case SYS_stat:
    case SYS_lstat:
    case SYS_access:
    case SYS_link:
    case SYS_rename: index = 0; break;
#endif
  }
  memset(text, 0, sizeof text);
  if (index >= 0 && args[index]) {
    // A page at a time, since the next may be unmapped.
    size_t room = 4096 - (args[index] & 4095);
    struct iovec mine = {text, room < 256 ? room : 256},
                 theirs = {(void*)args[index], room < 256 ? room : 256};
    ssize_t got = process_vm_readv(tid, &mine, 1, &theirs, 1, 0);
    if (room < 256 && got == (ssize_t)room && !memchr(text, 0, room)) {
      mine = (struct iovec){text + room, 256 - room};
      theirs = (struct iovec){(void*)(args[index] + room), 256 - room};
      process_vm_readv(tid, &mine, 1, &theirs, 1, 0);
    }
    text[255] = 0;
  }
  if (index < 0) read_target(tid, call, args[0], text, sizeof text);
  for (unsigned char* c = (unsigned char*)text; *c; c++)
    if (*c < ' ' || *c > 126) *c = '?';
  return text;
}

static int starts_with(const char* text, const char* start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/** Our code runs as soon as it is loaded and opens a file of the host or of its state. */
static void look_for_ours(const struct task* task, const char* path) {
  const char* state = getenv("TERRARIUM_STATE");
  size_t length = strlen(path);
  if (task->image != RUNTIME || task->tid != task->tgid || running) return;
  if (!loading && length > 11 && !strcmp(path + length - 11, "cli/main.ts")) {
    loading = 1;
  } else if (loading &&
             (!strcmp(path, "/proc/self/mountinfo") || !strcmp(path, "/proc/self/status") ||
              (state && starts_with(path, state)))) {
    running = 1;
  }
}

/** A traced call is about to be made. */
static void on_call(struct task* task) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) < 0 ||
      info.op != PTRACE_SYSCALL_INFO_SECCOMP)
    return;
  long call = (long)info.seccomp.nr;
  const char* path = path_of(task->tid, call, (uint64_t*)info.seccomp.args);
  if (call == SYS_openat) look_for_ours(task, path);
  char role[NAME];
  role_of(task, role);
  if (mode != 'r' && (call != calls[0] || strcmp(role, wanted_role))) return;
  long nth = next_of(role, call);
  if (mode != 'r' && nth != wanted_nth) return;
  const char* what = mode == 'r' ? "call" : "injected";
  fprintf(report, "%s\t%s\t%ld\t%ld\t%s\t", what, role, call, nth, path);
  if (mode != 'r') write_chain(task->tid);
  fputc('\n', report);
  if (mode == 'r') return;
  injected = 1;
  if (mode == 'k') kill(task->tgid, SIGKILL);
  else if (call == SYS_close) closing = task->tid;
  else if (fail_call(task->tid, wanted_errno) < 0) die("the call could not be made to fail");
}

static void on_signal(struct task* task, int signal) {
  if (task->image > CHILD) return;
  switch (signal) {
    case SIGABRT:
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGTRAP:
    case SIGFPE:
    case SIGSYS: {
      char role[NAME];
      role_of(task, role);
      fprintf(report, "fatal\t%s\t%d\t", role, signal);
      write_chain(task->tid);
      fputc('\n', report);
    }
  }
}

static void on_clone(struct task* parent) {
  unsigned long child = 0;
  if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &child) < 0) return;
  enum image image = parent->image;
  pid_t parent_tgid = parent->tgid;
  struct task* added = add((pid_t)child, image);
  int process = added->tgid == added->tid && added->tgid != parent_tgid;
  added->image = process && image == RUNTIME ? CHILD : image;
  if (!added->early) return;
  added->early = 0;
  ptrace(PTRACE_CONT, added->tid, 0, 0);
}

/** Each of the calls stops; openat always, since it shows when our code starts. */
static void filter(void) {
  struct sock_filter code[2 * MAX_CALLS + 8];
  int at = 0;
#if defined(__x86_64__)
  const uint32_t arch = AUDIT_ARCH_X86_64;
#else
  const uint32_t arch = AUDIT_ARCH_AARCH64;
#endif
  code[at++] =
      (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
  code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  code[at++] =
      (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = -1; i < call_count; i++) {
    code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                              (uint32_t)(i < 0 ? SYS_openat : calls[i]), 0, 1);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  }
  code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {(unsigned short)at, code};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) die("seccomp");
}

static void be_command(char** command, int report_fd) {
  if (isatty(0) && (setsid() < 0 || ioctl(0, TIOCSCTTY, 0) < 0)) die("the terminal");
  close(report_fd);
  raise(SIGSTOP);
  filter();
  execvp(command[0], command);
  die(command[0]);
}

static void parse(int argc, char** argv) {
  int usage = argc < 5;
  report = usage ? NULL : fdopen(atoi(argv[1]), "w");
  if (usage || !report) {
    fputs(
        "usage: inject REPORT record CALLS -- COMMAND…\n       inject REPORT fail|kill ROLE CALL "
        "NTH ERRNO -- COMMAND…\n",
        stderr);
    exit(99);
  }
  setvbuf(report, NULL, _IOLBF, 1 << 16);
  mode = argv[2][0];
  if (mode == 'r') {
    for (char* word = strtok(argv[3], ","); word && call_count < MAX_CALLS / 2;
         word = strtok(NULL, ","))
      calls[call_count++] = atol(word);
    return;
  }
  wanted_role = argv[3];
  calls[call_count++] = atol(argv[4]);
  wanted_nth = atol(argv[5]);
  wanted_errno = atol(argv[6]);
}

static void on_stop(pid_t tid, int status) {
  int event = status >> 16, signal = WSTOPSIG(status);
  struct task* task = task_of(tid);
  if (!task) {
    // Unknown until its parent's event.
    add(tid, RUNTIME)->early = 1;
    return;
  }
  switch (event) {
    case PTRACE_EVENT_SECCOMP:
      on_call(task);
      signal = 0;
      break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      on_clone(task);
      signal = 0;
      break;
    case PTRACE_EVENT_EXEC:
      task->tgid = tid;
      task->image = image_of(tid, task->image);
      if (task->image == RUNTIME) loading = running = is_alone(tid);
      signal = 0;
      break;
    case PTRACE_EVENT_STOP:
      if (signal != SIGTRAP) {
        ptrace(PTRACE_LISTEN, tid, 0, 0);
        return;
      }
      signal = 0;
      break;
    default:
      if (signal == (SIGTRAP | 0x80)) {
        if (answer(tid, wanted_errno) < 0) die("the result could not be changed");
        closing = 0;
        signal = 0;
      } else {
        on_signal(task, signal);
      }
  }
  ptrace(closing == tid ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, (void*)(long)signal);
}

int main(int argc, char** argv) {
  parse(argc, argv);
  char** command = argv;
  while (*command && strcmp(*command, "--")) command++;
  if (!*command || !command[1]) exit(99);
  root = fork();
  if (root < 0) die("fork");
  if (root == 0) be_command(command + 1, fileno(report));
  int status;
  if (waitpid(root, &status, WUNTRACED) != root || !WIFSTOPPED(status))
    die("the command did not stop");
  long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP |
                 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                 PTRACE_O_TRACEEXEC;
  if (ptrace(PTRACE_SEIZE, root, 0, options) < 0) die("PTRACE_SEIZE");
  add(root, LAUNCHER);
  fprintf(report, "pid\t%d\n", root);
  kill(root, SIGCONT);
  // Readers of the command's output see its end when the command has exited.
  for (int fd = 0; fd < 3; fd++) close(fd);
  for (;;) {
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (WIFSTOPPED(status)) {
      on_stop(tid, status);
      continue;
    }
    forget(tid);
    if (tid != root) continue;
    fprintf(report, "end\t%d\t%d\t%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            WIFSIGNALED(status) ? WTERMSIG(status) : 0, injected);
  }
  return 0;
}
