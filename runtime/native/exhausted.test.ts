// Hints for exhausted resources: the table, and the kernel's own answers where a limit can be
// lowered for one process or one namespace only.
import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { exhaustionHint } from './exhausted.ts';

test.each([
  [24, 'openat', 'ulimit -n'],
  [23, 'socket', 'fs.file-max'],
  [11, 'clone3', 'pids limit'],
  [11, 'spawn sh', 'kernel.pid_max'],
  [28, 'epoll_ctl', 'fs.epoll.max_user_watches'],
  [105, 'sendto', 'wmem_max'],
  [105, 'recvmsg', 'rmem_default'],
  [24, 'inotify_init1', 'fs.inotify.max_user_instances'],
  [28, 'inotify_add_watch', 'fs.inotify.max_user_watches'],
  [12, 'bpf BPF_PROG_LOAD', 'ulimit -l'],
  [12, 'mmap', 'vm.max_map_count'],
  [122, 'add_key', 'kernel.keys.maxkeys'],
  [122, 'write', 'disk quota'],
  [28, 'move_mount', 'fs.mount-max'],
  [28, 'posix_openpt', 'kernel.pty.max'],
  [28, 'rename', 'df -i'],
  [87, 'unshare', '32'],
])('errno %i of %s names %s', (errno, syscall, limit) => {
  expect(exhaustionHint(errno, syscall)).toContain(limit);
});

test.each([
  [2, 'open'],
  [11, 'read'],
  [28, 'setsockopt'],
  [28, 'sendto'],
])('errno %i of %s is no exhausted resource', (errno, syscall) => {
  expect(exhaustionHint(errno, syscall)).toBeUndefined();
});

const ROOT = join(import.meta.dirname, '../..');
const FIXTURE = fileURLToPath(new URL('./exhausted.fixture.ts', import.meta.url));
/** A file system with room for nothing, and one with a single terminal. */
const TMPFS = (options: string) => `mount -t tmpfs -o ${options} tmpfs /mnt`;
const DEVPTS = 'mount -t devpts -o newinstance,max=1,ptmxmode=666 devpts /mnt';

describe.skipIf(process.geteuid?.() !== 0)('what the kernel says (needs root)', () => {
  function exhausted(what: string, preparation: string) {
    const script = `${preparation}; exec "$0" "$@"`;
    const output = execFileSync(
      'unshare',
      ['--mount', 'sh', '-c', script, process.execPath, FIXTURE, what, '/mnt'],
      { encoding: 'utf8' },
    );
    return JSON.parse(output);
  }

  /** The same where root is no root: it may not look into the home directory of another user. */
  function exhaustedAsUser(what: string) {
    const unshare = 'unshare --user --map-root-user --wd=/mnt';
    const script = `mount --bind "$0" /mnt; exec ${unshare} "$@" /mnt`;
    const command = [process.execPath, FIXTURE].map((path) => relative(ROOT, path));
    const output = execFileSync(
      'unshare',
      ['--mount', 'sh', '-c', script, ROOT, ...command, what],
      {
        encoding: 'utf8',
      },
    );
    return JSON.parse(output);
  }

  it.each([
    ['open', 'ulimit -n 64', 'open: EMFILE', 'ulimit -n'],
    ['write', TMPFS('size=128k'), 'write: ENOSPC', 'df -i'],
    ['mkdir', TMPFS('nr_inodes=8'), 'mkdir: ENOSPC', 'df -i'],
    ['symlink', TMPFS('nr_inodes=8'), 'symlink: ENOSPC', 'df -i'],
    ['copy', TMPFS('size=128k'), 'copyfile: ENOSPC', 'df -i'],
    [
      'ftruncate',
      `${TMPFS('size=128k')}; ulimit -f 16; trap "" XFSZ`,
      'ftruncate: EFBIG',
      'ulimit -f',
    ],
    ['ptmx', DEVPTS, 'open: ENOSPC', 'kernel.pty.max'],
    ['spawn', 'true', 'spawnSync /bin/true: EAGAIN', 'ulimit -u'],
  ])('%s', (what, preparation, fact, hint) => {
    expect(exhausted(what, preparation)).toEqual({
      fact: expect.stringContaining(fact),
      hint: expect.stringContaining(hint),
    });
  });

  it.each([
    ['watch', 'watch: EMFILE', 'fs.inotify.max_user_instances'],
    ['watches', 'watch: ENOSPC', 'fs.inotify.max_user_watches'],
  ])('%s, with the limit of a user namespace', (what, fact, hint) => {
    expect(exhaustedAsUser(what)).toEqual({
      fact: expect.stringContaining(fact),
      hint: expect.stringContaining(hint),
    });
  });
});
