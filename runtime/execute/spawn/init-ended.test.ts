import { expect, it } from 'vitest';
import { initEnded } from './init-ended.ts';

const exited = (code: number) => ({ code, signal: null });
const killed = (signal: number) => ({ code: null, signal });

it.each([
  [
    'a call that it reported',
    { failed: { syscall: 'close_range', errno: 12 }, ended: exited(125) },
    /^the init could not start: close_range: ENOMEM, /,
    /out of memory/,
  ],
  [
    'a call that has no remedy',
    { failed: { syscall: 'setsid', errno: 1 }, ended: exited(125) },
    /^the init could not start: setsid: EPERM, /,
    undefined,
  ],
  [
    'a result that it could not send',
    { failed: undefined, ended: exited(128 + 105) },
    /^the init could not start: sendmsg: ENOBUFS, /,
    /socket buffers/,
  ],
  [
    'a message that it refused',
    { failed: { syscall: 'check', errno: 22 }, ended: exited(125) },
    /^the init refused its message: EINVAL, /,
    /please report/,
  ],
  [
    'a fault of its own',
    { failed: undefined, ended: killed(11), memoryLimitBytes: 4_194_304 },
    /^the init ended by signal 11 /,
    /please report/,
  ],
  [
    'the memory limit',
    { failed: undefined, ended: killed(9), memoryLimitBytes: 4_194_304 },
    /^the init ended by signal 9 /,
    /^the memory limit of 4194304 bytes may be too low/,
  ],
  [
    'a SIGKILL from outside',
    { failed: undefined, ended: killed(9) },
    /^the init ended by signal 9 /,
    undefined,
  ],
  [
    'a status',
    { failed: undefined, ended: exited(125), memoryLimitBytes: 4_194_304 },
    /^the init ended with status 125 /,
    undefined,
  ],
  [
    'nothing that is known',
    { failed: undefined, ended: { code: null, signal: null } },
    /^the init ended unseen /,
    undefined,
  ],
] as const)('the error names %s', (_, end, message, hint) => {
  const error = initEnded(end);
  expect(error.message).toMatch(message);
  if (hint) expect(error.hint).toMatch(hint);
  else expect(error.hint).toBeUndefined();
});
