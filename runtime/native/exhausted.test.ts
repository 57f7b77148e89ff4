import { expect, test } from 'vitest';
import { exhaustionHint } from './exhausted.ts';

test.each([
  [24, 'openat', 'ulimit -n'],
  [23, 'socket', 'fs.file-max'],
  [11, 'clone3', 'pids limit'],
  [28, 'epoll_ctl', 'fs.epoll.max_user_watches'],
  [105, 'sendto', 'wmem_max'],
])('errno %i of %s names %s', (errno, syscall, limit) => {
  expect(exhaustionHint(errno, syscall)).toContain(limit);
});

test.each([
  [2, 'open'],
  [11, 'read'],
  [28, 'mount'],
])('errno %i of %s is no exhausted resource', (errno, syscall) => {
  expect(exhaustionHint(errno, syscall)).toBeUndefined();
});
