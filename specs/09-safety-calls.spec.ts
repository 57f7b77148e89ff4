// System calls that a container may make: by name, by every number, and by the kernel's other entry
// points. Each control is the same probe without the filter.
import { expect } from 'vitest';
import type { Box } from '../harness/shell/box.ts';
import { isOurs, testRequirement } from './suite.ts';

/** These need no capability, so only the filter can refuse them. */
const FILTERED = [
  ...['add_key', 'keyctl', 'unshare-user', 'clone-newuser', 'clone-newuser-high'],
  ...['clone3-newuser', 'io_uring_setup', 'personality', 'personality-high'],
  ...['socket-vsock', 'socket-vsock-high', 'socketpair-vsock'],
];
/** chroot(2) is covered by one of the 14 capabilities; the others need the target's consent. */
const HARMLESS = ['chroot', 'ptrace', 'process_vm_readv'];
/** Numbers of i386 and x32: the process is killed. SEGV comes from a kernel without i386 calls. */
const DOORS = ['int80', 'x32'];

/**
 * Numbers up to 480 (asm/unistd.h) that a container does not need, unassigned ones included.
 * Numbers not listed are allowed, with some arguments (clone, personality, socket) or any; 336,
 * uprobe(2), passes every filter by the kernel's own rule.
 */
const REFUSED_NUMBERS = {
  x64: `103 134 136 139 153 155-156 163-185 212 227 236-239 246 248-250 256 272 279 298 300 304
    308 312-313 320-321 323 337-423 425-433 435 438 440 442-443 450 459-461 467-480`,
  arm64: `18 39-42 58 60 89 97 104-106 112 116 142 161-162 170 217-219 224-225 235-239 241 244-259
    262 264-265 268 272-273 280 282 294-402 404 415 425-433 435 438 440 442-443 450 459-461
    467-480`,
}[process.arch === 'arm64' ? 'arm64' : 'x64'];
/** Also the answer of a kernel without NUMA, keys and io_uring. */
const REACH_THE_KERNEL = 12;

const REFUSED = /^(EPERM|ENOSYS)$/;
/**
 * Terrarium guarantees the errno: EPERM, also for bits that the kernel ignores; ENOSYS for
 * clone3(2), so that the C library falls back to clone(2), and for calls unknown to the profile.
 */
const UNKNOWN = ['clone3-newuser', 'personality', 'personality-high'];
const promised = (call: string) => (UNKNOWN.includes(call) ? /^ENOSYS$/ : /^EPERM$/);
const NUMBERS = 'numbers that are refused';
/** Six arguments that every call refuses. */
const MEANINGLESS = ',-1'.repeat(6);
/** landlock_create_ruleset, cachestat, fchmodat2 and mseal, with meaningless arguments. */
const NEWER = `syscall-number ${[444, 451, 452, 462].map((n) => `${n}${MEANINGLESS}`).join(' ')}`;

/** `NAME: ANSWER` lines. */
function answersIn(text: string): Map<string, string> {
  const lines = text.split('\n').map((line): [string, string] => {
    const [call = '', answer = ''] = line.trim().split(': ');
    return [call, answer];
  });
  return new Map(lines);
}

/** Calls each of these numbers with meaningless arguments. Returns the result of each. */
async function callEach(box: Box): Promise<Map<string, string>> {
  const words = REFUSED_NUMBERS.split(/\s+/).map((word) =>
    word.includes('-') ? `$(seq ${word.replace('-', ' ')})` : word,
  );
  const call = `a="$a $n${MEANINGLESS}"`;
  return answersIn(
    await box.type(`a=; for n in ${words.join(' ')}; do ${call}; done; syscall-number $a`),
  );
}

/** The same by a probe of the harness with the container's filter. */
async function callEachBeside(box: Box): Promise<Map<string, string>> {
  const numbers = REFUSED_NUMBERS.split(/\s+/).flatMap((word) => {
    const [first = 0, last = first] = word.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  const calls = numbers.map((number) => `${number}${MEANINGLESS}`);
  return answersIn(await box.beside('syscall-number', ...calls));
}

const through = (answers: ReadonlyMap<string, string>) =>
  [...answers].filter(([, answer]) => !REFUSED.test(answer));

testRequirement('SAFE-03', async ({ shell, subject, control, say, inside, outside }) => {
  const wanted = (call: string) => (isOurs(subject) ? promised(call) : REFUSED);
  const filter = (of: Box) => ({ host: of.host.status('Seccomp') });
  const box = await shell({ hostname: 'filtered', network: 'none' });
  await expect(box).toAnswer('Seccomp', filter, '2');
  await say(
    'Make calls that a container must not: keyrings, modules, mounts, clocks, namespaces …',
  );
  await say('The host’s own probe makes the same calls, confined like the shell.');
  const answers = {
    inside: answersIn(await box.type('syscall-try')),
    // With all capabilities only the filter can refuse. Reading the clock needs none.
    host: new Map([
      ...answersIn(await box.besidePrivileged('syscall-try')),
      ...answersIn(await box.beside('syscall-try', 'adjtimex')),
    ]),
  };
  expect(answers.inside.size).toBeGreaterThan(35);
  expect([...answers.inside.keys()]).toEqual([...answers.host.keys()]);
  for (const call of answers.host.keys())
    if (!HARMLESS.includes(call))
      await expect(box).toAnswer(
        call,
        () => ({ inside: answers.inside.get(call) ?? '', host: answers.host.get(call) ?? '' }),
        DOORS.includes(call) ? /^SIG(SYS|SEGV)$/ : wanted(call),
      );
  await say('Call every number up to 480 that is not allowed.');
  const byNumber = await callEach(box);
  const besides = await callEachBeside(box);
  expect(through(byNumber)).toEqual([]);
  expect(through(besides)).toEqual([]);
  expect(inside(NUMBERS, byNumber.size)).toBeGreaterThan(150);
  expect(outside(NUMBERS, besides.size)).toBe(byNumber.size);

  await say(
    'What any program may call goes through, also where libseccomp is older than the call.',
  );
  const newer = await box.type(NEWER);
  await say('The control: without the filter they reach the kernel.');
  await control(
    () =>
      shell({
        ...{ hostname: 'unfiltered', network: 'none' },
        further: ['--security-opt', 'seccomp=unconfined'],
      }),
    async (free) => {
      const its = answersIn(await free.type('syscall-try'));
      for (const call of DOORS) if (its.has(call)) inside(call, its.get(call) ?? '');
      const byName = FILTERED.filter((call) => !REFUSED.test(inside(call, its.get(call) ?? '')));
      expect(inside('calls newer than libseccomp', newer)).toBe(await free.type(NEWER));
      const refused = [...(await callEach(free)).values()].filter((answer) => REFUSED.test(answer));
      return [
        await expect(free).toAnswer('Seccomp', filter, '0'),
        await expect(free).toAnswer(
          NUMBERS,
          () => refused.length,
          (count) => Number(count) <= byNumber.size - REACH_THE_KERNEL,
        ),
        // A kernel can be built without some of them.
        await expect(free).toAnswer(
          `of ${FILTERED.length} calls, those that go through`,
          () => byName.length,
          (count) => Number(count) >= FILTERED.length - 2,
        ),
      ];
    },
  );
});
