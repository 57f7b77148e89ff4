// The filter and the device rules in a real container, tested through the kernel. Controls are
// containers without the filter, and the host.
import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { parseRelease } from '../runtime/host/procfs.ts';
import { type RunOptions, run } from '../runtime/index.ts';
import { NUMBERS } from '../runtime/plan/seccomp-profile.ts';
import { DEFAULT_ROOTFS } from './support/places.ts';

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
/** asm/unistd.h */
const NR = {
  x64: { socket: 41, socketpair: 53, clone: 56, personality: 135, getpid: 39 },
  arm64: { socket: 198, socketpair: 199, clone: 220, personality: 92, getpid: 172 },
}[ARCH];
const UNFILTERED = { securityOpt: ['seccomp=unconfined'] };

/** Optional in a kernel, or for some processors only. */
const OPTIONAL = ['map_shadow_stack', 'memfd_secret'].map((name) => `${NUMBERS[ARCH][name]},-1,1`);

/** The output lines of a program in a container. */
async function inside(
  command: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<string[]> {
  const box = { rootfs: DEFAULT_ROOTFS, hostname: 'box', network: 'none', command } as const;
  const { stdout, stderr } = await run({ ...box, ...options, stdio: 'pipe', encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n');
}

/** Answers by call, written `NUMBER,ARGUMENT…`. */
async function answers(
  calls: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<Map<string, string>> {
  const lines = await inside(['syscall-number', ...calls], options);
  return new Map(lines.map((line) => [line.replace(/: .*/, ''), line.replace(/^.*?: /, '')]));
}

const HIGH_BITS = ['', '1', '80000000', 'ffffffff'];
const hex = (high: string, low: number) => `0x${high}${low.toString(16).padStart(8, '0')}`;

describe('bits of an argument that the kernel ignores', () => {
  const SOCK_STREAM = 1;
  const families = Array.from({ length: 48 }, (_, family) => family);
  const of = (call: number, high: string, family: number) =>
    `${call},${hex(high, family)},${SOCK_STREAM}`;

  test.each([
    ['socket', NR.socket],
    ['socketpair', NR.socketpair],
  ])('%s(2): families 0 to 47 answer as without the filter, 38 and 40 EPERM', async (_, call) => {
    const calls = HIGH_BITS.flatMap((high) => families.map((family) => of(call, high, family)));
    const [filtered, free] = [await answers(calls), await answers(calls, UNFILTERED)];
    for (const high of HIGH_BITS)
      for (const family of families) {
        const one = of(call, high, family);
        const expected = [38, 40].includes(family) ? 'EPERM' : free.get(one);
        expect([one, filtered.get(one)]).toEqual([one, expected]);
        // The kernel itself reads 32 bits.
        expect([one, free.get(one)]).toEqual([one, free.get(of(call, '', family))]);
      }
    for (const family of [38, 40]) expect(free.get(of(call, '1', family))).not.toBe('EPERM');
    for (const one of [of(call, '', 48), of(call, '1', 48), of(call, '', 0x80000002)])
      expect((await answers([one])).get(one)).toBe('ENOSYS');
  });

  test('personality(2)', async () => {
    const allowed = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
    const refused = [0x1, 0x40000, 0x200000, 0x8000008, 0x7fffffff];
    const calls = (values: readonly number[]) =>
      HIGH_BITS.flatMap((high) => values.map((value) => `${NR.personality},${hex(high, value)}`));
    const filtered = await answers(calls([...allowed, ...refused]));
    for (const one of calls(allowed)) expect([one, filtered.get(one)]).toEqual([one, 'ok']);
    for (const one of calls(refused)) expect([one, filtered.get(one)]).toEqual([one, 'ENOSYS']);
    const free = await answers(calls(refused.slice(0, 3)), UNFILTERED);
    for (const [one, answer] of free) expect([one, answer]).toEqual([one, 'ok']);
  });

  test('clone(2) with a namespace flag', async () => {
    const SIGCHLD = 17;
    const flags = [17, 25, 26, 27, 28, 29, 30].map((bit) => 2 ** bit);
    const calls = HIGH_BITS.flatMap((high) =>
      flags.map((flag) => `${NR.clone},${hex(high, flag + SIGCHLD)}`),
    );
    const filtered = await answers(calls);
    for (const one of calls) expect([one, filtered.get(one)]).toEqual([one, 'EPERM']);
    const plain = HIGH_BITS.map((high) => `${NR.clone},${hex(high, SIGCHLD)}`);
    for (const [one, answer] of await answers(plain)) expect([one, answer]).toEqual([one, 'ok']);
    const user = `${NR.clone},${hex('1', 2 ** 28 + SIGCHLD)}`;
    expect((await answers([user], UNFILTERED)).get(user)).toBe('ok');
  });
});

test.runIf(ARCH === 'x64')('a number of x32 kills, also with bits above it', async () => {
  const x32 = `0x${(0x40000000 + NR.getpid).toString(16)}`;
  const above = hex('1', NR.getpid);
  const filtered = await answers([x32, above]);
  expect(filtered.get(x32)).toBe('SIGSYS');
  // The kernel reads 32 bits of the number, and passes the same to the filter.
  expect(filtered.get(above)).toBe('ok');
});

test('calls that a number names answer as without the filter', async () => {
  const newcomers = [
    ...['cachestat', 'fchmodat2', 'map_shadow_stack', 'futex_wake', 'futex_wait', 'futex_requeue'],
    ...['statmount', 'listmount', 'mseal', 'setxattrat', 'getxattrat', 'listxattrat'],
    ...['removexattrat', 'memfd_secret', 'process_mrelease', 'futex_waitv'],
  ];
  // An invalid descriptor or address: harmless, and answered by the call itself.
  const calls = newcomers.map((name) => `${NUMBERS[ARCH][name]},-1,1`);
  const [filtered, free] = [await answers(calls), await answers(calls, UNFILTERED)];
  expect([...filtered.keys()]).toEqual(calls);
  expect(Object.fromEntries(filtered)).toEqual(Object.fromEntries(free));
  const { major, minor } = parseRelease(release());
  const since = (call: string) => (calls.indexOf(call) < newcomers.indexOf('setxattrat') ? 10 : 13);
  for (const [call, answer] of filtered)
    if ((major > 6 || (major === 6 && minor >= since(call))) && !OPTIONAL.includes(call))
      expect([call, answer]).not.toEqual([call, 'ENOSYS']);
});

describe('/dev/console', () => {
  const probe = 'rm -f /dev/host; mknod /dev/host c 5 1 && open-try /dev/host; rm -f /dev/host';

  test('the host’s is out of reach', async () => {
    const [answer] = await inside(['sh', '-c', probe]);
    expect(answer).toMatch(/mknod: .*Operation not permitted|read: EPERM write: EPERM/);
  });

  test('the control: null is in reach the same way', async () => {
    const [answer] = await inside(['sh', '-c', probe.replace('c 5 1', 'c 1 3')]);
    expect(answer).toMatch(/write: ok$|mknod: .*Operation not permitted/);
    expect(execFileSync('stat', ['-c', '%t:%T', '/dev/null'], { encoding: 'utf8' })).toBe('1:3\n');
  });
});
