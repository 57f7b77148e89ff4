// The init, which performs the plan inside, and the core, which clones it.
import type { Area } from './table.ts';

const MOUNT = 'native/init/mount.cc';
const SECURITY = 'native/init/security.cc';
const MAIN = 'native/init/main.cc';
const PROCESS = 'native/init/process.cc';
const CLONE = 'native/core/clone.cc';

export const nativeInit: Area = {
  title: 'Native: the init',
  mutants: [
    {
      name: 'init-chroot-for-pivot-root',
      file: MOUNT,
      find: `  long pivoted = sys::invoke(__NR_pivot_root, ".", ".");
  if (pivoted < 0) return from(pivoted, wire::CALL_PIVOT_ROOT);
  long detached = sys::invoke(__NR_umount2, ".", MNT_DETACH);
  if (detached < 0) return from(detached, wire::CALL_UMOUNT2);`,
      replace: `  long pivoted = sys::invoke(__NR_chroot, ".");
  if (pivoted < 0) return from(pivoted, wire::CALL_PIVOT_ROOT);`,
      requirements: ['ROOT-02'],
      core: true,
    },
    {
      name: 'init-old-root-stays-mounted',
      file: MOUNT,
      find: `  long detached = sys::invoke(__NR_umount2, ".", MNT_DETACH);
  if (detached < 0) return from(detached, wire::CALL_UMOUNT2);
  return from(sys::invoke(__NR_chdir, "/"), wire::CALL_CHDIR);`,
      replace: `  long moved = sys::invoke(__NR_mount, ".", "/mnt", 0, MS_MOVE, 0);
  return from(sys::invoke(__NR_chdir, "/"), moved < 0 ? wire::CALL_UMOUNT2 : wire::CALL_CHDIR);`,
      requirements: ['ROOT-02'],
      core: true,
    },
    {
      name: 'init-mask-may-be-written',
      file: MOUNT,
      find: '                     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false);',
      replace: '                     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false);',
      requirements: ['SAFE-04'],
    },
    {
      name: 'init-read-only-paths-may-be-written',
      file: MOUNT,
      find: 'attach_with(context, tree.get(), target.fd.get(), MOUNT_ATTR_RDONLY, true);',
      replace: 'attach_with(context, tree.get(), target.fd.get(), 0, true);',
      requirements: ['SAFE-04'],
    },
    {
      name: 'init-attributes-of-the-top-mount-only',
      file: MOUNT,
      find: 'AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr',
      replace: 'AT_EMPTY_PATH | (recursive ? 0 : 0), &attr',
      requirements: ['ROOT-06'],
    },
    {
      name: 'init-attributes-ignored',
      file: MOUNT,
      find: '  if (attributes || context.detached) {',
      replace: '  if (context.detached) {',
      requirements: ['ROOT-07', 'SAFE-04', 'ROOT-04'],
    },
    {
      name: 'init-propagation-left-alone',
      file: MOUNT,
      find: 'return from(sys::invoke(__NR_mount, 0, "/", 0, MS_REC | op.n[0], 0), wire::CALL_MOUNT);',
      replace: 'return op.n[0] ? done() : from(0, wire::CALL_MOUNT);',
      requirements: ['ROOT-03'],
    },
    {
      name: 'init-links-lead-out-of-the-root',
      file: 'native/init/path.cc',
      find: 'uint64_t resolve_flags = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;',
      replace: 'uint64_t resolve_flags = 0;',
      requirements: ['SAFE-08'],
    },
    {
      name: 'init-bounding-set-stays-full',
      file: SECURITY,
      find: 'if (op.n[0] >> capability & 1) continue;',
      replace: 'if (op.n[0] >> capability || true) continue;',
      requirements: ['SAFE-01'],
    },
    {
      name: 'init-no-new-privs-left-out',
      file: SECURITY,
      find: 'return prctl(PR_SET_NO_NEW_PRIVS, 1); }',
      replace: 'return prctl(PR_GET_NO_NEW_PRIVS, 0); }',
      requirements: ['SAFE-02'],
    },
    {
      name: 'init-supplementary-groups-dropped',
      file: SECURITY,
      find: 'if (groups < 0) return from(groups, wire::CALL_SETGROUPS);\n',
      replace:
        'groups = sys::invoke(__NR_setgroups, 0, 0);\n  if (groups < 0) return from(groups, wire::CALL_SETGROUPS);\n',
      requirements: ['OPT-01'],
    },
    {
      name: 'init-group-not-set',
      file: SECURITY,
      find: 'sys::invoke(__NR_setresgid, op.n[1], op.n[1], op.n[1])',
      replace: 'sys::invoke(__NR_setresgid, -1, -1, -1)',
      requirements: ['OPT-01'],
    },
    {
      name: 'init-saved-user-stays-root',
      file: SECURITY,
      find: 'sys::invoke(__NR_setresuid, op.n[0], op.n[0], op.n[0])',
      replace: 'sys::invoke(__NR_setresuid, op.n[0], op.n[0], -1)',
      requirements: ['OPT-01'],
      equivalent: 'execve(2) copies the effective user to the saved one',
    },
    {
      name: 'init-umask-not-set',
      file: SECURITY,
      find: '  sys::invoke(__NR_umask, op.n[2]);\n',
      replace: '',
      requirements: ['OPT-01'],
    },
    {
      name: 'init-filter-not-loaded',
      file: SECURITY,
      find: 'return from(sys::invoke(__NR_seccomp, SECCOMP_SET_MODE_FILTER, op.n[0], &program),',
      replace: 'return from(program.len ? 0 : (long)op.n[0],',
      requirements: ['SAFE-03'],
    },
    {
      name: 'init-death-signal-not-asked-for',
      file: SECURITY,
      find: 'Outcome asked = prctl(PR_SET_PDEATHSIG, op.n[0]);',
      replace: 'Outcome asked = prctl(PR_SET_PDEATHSIG, op.n[0] * 0);',
      requirements: ['CLEAN-02'],
    },
    {
      name: 'init-dumpable',
      file: MAIN,
      find: 'PR_SET_DUMPABLE, 0, 0, 0, 0',
      replace: 'PR_SET_DUMPABLE, 1, 0, 0, 0',
      requirements: ['SAFE-07'],
    },
    {
      name: 'init-keeps-its-control-socket-open',
      file: MAIN,
      find: 'sys::invoke(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC)',
      replace: 'sys::invoke(__NR_fcntl, fd, F_SETFD, fd == wire::CONTROL_FD ? FD_CLOEXEC : 0)',
      requirements: ['SAFE-06'],
    },
    {
      name: 'init-runs-as-its-own-interpreter',
      file: MAIN,
      find: '  refuse_to_interpret();\n',
      replace: '  if (sys::now_ns() == 0) refuse_to_interpret();\n',
      requirements: ['SAFE-07'],
    },
    {
      name: 'init-signals-stay-ignored',
      file: PROCESS,
      find: 'for (int signal = 1; signal <= 64; signal++) {',
      replace: 'for (int signal = 65; signal <= 64; signal++) {',
      requirements: ['EXEC-01', 'CLI-08'],
    },
    {
      name: 'init-all-signals-blocked',
      file: PROCESS,
      find: 'uint64_t none = 0;',
      replace: 'uint64_t none = ~0ull;',
      requirements: ['CLI-08', 'CLI-04'],
    },
    {
      name: 'init-does-not-reap',
      file: PROCESS,
      find: '(pid = sys::invoke(__NR_wait4, -1, &status, WAIT_NOHANG | WAIT_ALL, 0)) > 0',
      replace: '(pid = sys::invoke(__NR_wait4, child, &status, WAIT_NOHANG | WAIT_ALL, 0)) > 0',
      requirements: ['PS-04'],
    },
    {
      name: 'init-does-not-pass-signals-on',
      file: PROCESS,
      find: '      sys::invoke(__NR_kill, child, signal);\n',
      replace: '      (void)0;\n',
      requirements: ['CLI-08'],
    },
    {
      name: 'init-loses-the-signal-of-the-workload',
      file: PROCESS,
      find: 'ended_by(status) ? 128 + ended_by(status) : exit_status(status)',
      replace: 'ended_by(status) ? 0 : exit_status(status)',
      requirements: ['CLI-01'],
    },
    {
      name: 'init-keeps-descriptors-as-pid-1',
      file: PROCESS,
      find: '  close_everything();\n  for (;;) {',
      replace: '  if (child < 0) close_everything();\n  for (;;) {',
      requirements: ['SAFE-06'],
    },
    {
      name: 'init-hosts-null-device-kept',
      file: PROCESS,
      find: 'Outcome streams = own_null();',
      replace: 'Outcome streams = op.n[1] ? done() : own_null();',
      requirements: ['SAFE-06'],
    },
    {
      name: 'init-directory-outside-the-root-taken',
      file: 'native/init/file.cc',
      find: "return name[0] == '/' ? done() : Outcome{ENOENT, wire::CALL_GETCWD};",
      replace: 'return name[0] ? done() : Outcome{ENOENT, wire::CALL_GETCWD};',
      requirements: ['SAFE-06'],
      equivalent:
        'no descriptor of the init is a directory there: tried by a link to each, in shell and exec',
    },
    {
      name: 'init-stays-in-the-callers-session',
      file: 'native/init/terminal.cc',
      find: 'return from(sys::invoke(__NR_setsid), wire::CALL_SETSID);',
      replace: 'return from(0, wire::CALL_SETSID);',
      requirements: ['CLI-04', 'SAFE-06'],
    },
    {
      name: 'init-terminal-without-a-size',
      file: 'native/init/terminal.cc',
      find: 'Winsize size = {(unsigned short)op.n[1], (unsigned short)op.n[0], 0, 0};',
      replace:
        'Winsize size = {(unsigned short)(op.n[1] * 0), (unsigned short)(op.n[0] * 0), 0, 0};',
      requirements: ['CLI-03'],
    },
    {
      name: 'init-log-grows-beyond-its-limit',
      file: 'native/init/watcher.cc',
      find: '(!log.limit || log.size < log.limit)) return done();',
      replace: '(!log.limit || log.size + 1 > 0)) return done();',
      requirements: ['CLI-12'],
    },
    {
      name: 'init-watcher-records-no-signal',
      file: 'native/init/watcher.cc',
      find: 'known ? ended_by(status) : 0, log.dropped',
      replace: 'known ? 0 : 0, log.dropped',
      requirements: ['CLI-05'],
    },
    {
      name: 'init-watcher-loses-the-last-output',
      file: 'native/init/watcher.cc',
      find: '  while (left > 0) {\n',
      replace: '  while (left > (1 << 30)) {\n',
      requirements: ['CLI-12'],
    },
  ],
};

export const nativeCore: Area = {
  title: 'Native: the core',
  mutants: [
    {
      name: 'core-callers-descriptors-stay-open',
      file: CLONE,
      find: 'if (syscall(SYS_close_range, PLACES + 1, ~0u, 0) < 0) return failed("close_range");',
      replace: '',
      requirements: ['SAFE-06'],
      equivalent: 'the init closes them again before it reads its plan',
    },
    {
      name: 'core-init-may-be-written',
      file: CLONE,
      find: 'F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL',
      replace: 'F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL',
      requirements: ['SAFE-07'],
      equivalent: 'since Linux 6.3 F_SEAL_EXEC on an executable file seals it against writing, too',
    },
    {
      name: 'core-all-signals-of-the-caller-kept',
      file: CLONE,
      find: 'CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND',
      replace: 'CLONE_VM | CLONE_VFORK | CLONE_PIDFD',
      requirements: ['CLI-08'],
      equivalent:
        'execve(2) resets handlers, and the init what was ignored: 0.1 ms after the clone',
    },
    {
      name: 'core-pid-namespace-not-entered',
      file: CLONE,
      find: 'if (setns(fd, CLONE_NEWPID) == 0) return {};',
      replace: 'if (fd >= 0) return {};',
      requirements: ['NS-07', 'EXEC-01'],
      core: true,
    },
    {
      name: 'core-exit-status-lost',
      file: 'native/core/engine.cc',
      find: 'event->a = exited ? info.si_status : -1;',
      replace: 'event->a = exited ? 0 : -1;',
      requirements: ['CLI-01'],
    },
    {
      name: 'core-signal-lost',
      file: 'native/core/engine.cc',
      find: 'event->b = waited == 0 && !exited ? info.si_status : 0;',
      replace: 'event->b = 0;',
      requirements: ['CLI-01'],
    },
    {
      name: 'core-traced-process-taken-for-ended',
      file: 'native/core/engine.cc',
      find: 'if (waited == 0 && info.si_pid == 0) {',
      replace: 'if (waited == 0 && info.si_pid == -1) {',
      requirements: ['CLI-08'],
    },
    {
      name: 'core-window-size-swapped',
      file: 'native/core/terminal.cc',
      find: '  size.ws_col = columns;\n  size.ws_row = rows;',
      replace: '  size.ws_col = rows;\n  size.ws_row = columns;',
      requirements: ['CLI-03'],
    },
    {
      name: 'core-output-processing-stays-on',
      file: 'native/core/terminal.cc',
      find: 'if (what == Raw::BOTH) cfmakeraw(&raw);\n  else',
      replace:
        'if (what == Raw::BOTH) {\n    cfmakeraw(&raw);\n    raw.c_oflag |= OPOST | OLCUC;\n  } else',
      requirements: ['CLI-09'],
    },
    {
      name: 'core-limits-written-without-being-read-back',
      file: 'native/core/host.cc',
      find: 'return {EINVAL, wire::CALL_READ_BACK};',
      replace: 'return {};',
      requirements: ['LIM-01', 'BAD-25'],
      equivalent:
        'no kernel here keeps another value; runtime/native/host-write.test.ts notices it',
    },
    {
      name: 'core-limits-unwritten',
      file: 'native/core/host.cc',
      find: 'if (uninterrupted([&] { return write(fd, value.data(), value.size()); }) < 0)',
      replace: 'if (value.size() > 2 && op.n[0] && op.n[0] > 1)',
      requirements: ['LIM-01'],
      core: true,
    },
    {
      name: 'core-kills-not-counted',
      file: 'native/core/host.cc',
      find: 'static_cast<uint32_t>(strtoul(at + line.size(), nullptr, 10))',
      replace: 'static_cast<uint32_t>(0 * strtoul(at + line.size(), nullptr, 10))',
      requirements: ['LIM-01', 'LIM-07'],
    },
    {
      name: 'core-refused-calls-are-allowed',
      file: 'native/core/seccomp.cc',
      find: 'seccomp_rule_add_array(context, rule.action, number',
      replace: 'seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number',
      requirements: ['SAFE-03'],
    },
    {
      name: 'core-new-calls-unknown-to-libseccomp-refused',
      file: 'native/core/seccomp.cc',
      find: 'return found == numbers.end() ? number : found->second;',
      replace: 'return found == numbers.end() ? number : __NR_SCMP_ERROR;',
      requirements: ['SAFE-03'],
    },
  ],
};
