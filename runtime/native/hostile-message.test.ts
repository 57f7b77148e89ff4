// The real init, sent damaged messages: it refuses them with EINVAL, or does what they say, and
// never crashes. It runs without privileges, so that what a damaged message asks for is refused by
// the kernel.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecOp, InsideOp } from '../plan/operations.ts';
import { AWAITED } from './protocol.ts';
import { Records, type Result } from './records.ts';
import { encodePlan } from './wire.ts';

const INIT = join(import.meta.dirname, '../../build/terrarium-init');
const NOBODY = 65_534;
const EINVAL = 22;
const LANES = 8;
/** The fuzzer of `npm run fuzz` damages the same message millions of times. */
const RANDOM = 200;
const HANG_MS = 5000;

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'terrarium-hostile-'));
  chmodSync(directory, 0o755);
  copyFileSync(INIT, join(directory, 'init'));
  chmodSync(join(directory, 'init'), 0o755);
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Answer {
  readonly code: number | null;
  readonly signal: string | null;
  readonly results: readonly Result[];
}

/** Sends bytes to an init of its own, and then nothing more. */
async function answer(bytes: Uint8Array): Promise<Answer> {
  const options = process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(join(directory, 'init'), [], {
    ...options,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    timeout: HANG_MS,
    killSignal: 'SIGKILL',
  });
  const control = child.stdio[3];
  if (!(control instanceof Duplex)) throw new Error('no control socket');
  const records = new Records();
  control.on('data', (piece: Buffer) => records.add(piece));
  // It may have refused, and gone, before all was sent.
  control.on('error', () => {});
  control.end(bytes);
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  return {
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    results: records.all(),
  };
}

function refusedMessage({ results, code }: Answer): boolean {
  const [first] = results;
  return first?.place === 'init' && first.syscall === 'check' && first.errno === EINVAL
    ? code === 125
    : false;
}

/** xorshift32: the same damage in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const target = { path: '/nowhere/below' };
const EXEC: ExecOp = {
  kind: 'execve',
  candidates: ['/nowhere/program', '/nowhere/other'],
  args: ['program', 'an argument'],
  env: ['A=1', 'B='],
  stayAsInit: false,
};
/** Those that a process without privileges is refused, or that do nothing outside of it. */
const OPS: readonly (InsideOp | ExecOp)[] = [
  { kind: 'setsid' },
  { kind: 'no_new_privs' },
  { kind: 'chdir', path: '/' },
  { kind: 'mount', fstype: 'tmpfs', target, attributes: [], options: ['size=4k', 'mode=755'] },
  { kind: 'user', uid: NOBODY, gid: NOBODY, umask: 0o22, groups: [1, 2, 3] },
  { kind: 'seccomp', profile: 'default', capabilities: [] },
  EXEC,
];
const filter = new Uint8Array(16);

const message = (ops = OPS, options = {}) =>
  new Uint8Array(encodePlan(ops, { filter, ...options }));
const HEADER = 40;
const opAt = (index: number) => HEADER + 64 * index;

/** Position, and a 32-bit number that must not stand there. */
const DAMAGES: readonly (readonly [what: string, at: number, value: number])[] = [
  ['another magic', 0, 1],
  ['fewer bytes than a header', 4, 39],
  ['no operations', 8, 0],
  ['more operations than bytes', 8, 0xffffffff],
  ['operations up to the end', 8, 0x04000000],
  ['unknown flags', 12, 2],
  ['namespaces without a watcher', 16, 0x20000],
  ['an unknown kind', opAt(0), 30],
  ['no kind', opAt(0), 0],
  ['execve before the end', opAt(0), 29],
  ['another operation at the end', opAt(6), 6],
  ['a text behind the end', opAt(2) + 40, 0x7ffffff8],
  ['a text that wraps around', opAt(2) + 44, 0xffffffff],
  ['a text in the records', opAt(2) + 40, 0],
  ['a text at an odd place', opAt(2) + 40, opAt(7) + 1],
  ['a text without its NUL', opAt(2) + 44, 2],
  ['more options than texts', opAt(3) + 16, 3],
  ['more groups than numbers', opAt(4) + 32, 4],
  ['half a group', opAt(4) + 44, 10],
  ['half an instruction', opAt(5) + 44, 12],
  ['more candidates than texts', opAt(6) + 16, 3],
  ['fewer arguments than texts', opAt(6) + 24, 1],
  ['2^32 more variables than texts', opAt(6) + 36, 1],
];

describe('a message that is not what protocol.h describes', () => {
  it('is no such thing as it is encoded', async () => {
    const { results, code, signal } = await answer(message([EXEC]));
    expect(results.map(({ place, syscall }) => [place, syscall])).toEqual([
      ['operation', ''],
      ['operation', 'execve'],
    ]);
    expect({ code, signal }).toEqual({ code: 127, signal: null });
    expect(refusedMessage(await answer(message()))).toBe(false);
  });

  it.each(DAMAGES)('is refused with %s', async (_, at, value) => {
    const bytes = message();
    new DataView(bytes.buffer).setUint32(at, value, true);
    expect(refusedMessage(await answer(bytes))).toBe(true);
  });

  it.each([
    ['an unknown namespace', 16, 0x1],
    ['a log behind the end', 32, 0x7ffffff8],
    ['a log with a path that is too long', 36, 5000],
  ])('is refused for a watcher with %s', async (_, at, value) => {
    const log = { path: '/nowhere/x.log', maxBytes: 4096 };
    const bytes = message(OPS, { detached: { flags: 0n, log } });
    new DataView(bytes.buffer).setUint32(at, value, true);
    expect(refusedMessage(await answer(bytes))).toBe(true);
  });

  it('is refused as the command of an init that waits for one', async () => {
    const waiting = message([{ kind: 'await', what: 'start' }, EXEC]);
    const release = (command: Uint8Array) =>
      answer(Buffer.concat([waiting, Uint8Array.of(AWAITED.command), command]));
    const right = await release(message([EXEC]));
    expect(right.results.map(({ syscall }) => syscall)).toEqual(['', '', 'execve']);
    const two = await release(message([{ kind: 'setsid' }, EXEC]));
    expect(two.results.at(-1)).toMatchObject({ place: 'init', syscall: 'check', errno: EINVAL });
    expect(two.code).toBe(125);
  });

  it('never crashes it, damaged at random', { timeout: 120_000 }, async () => {
    const whole = message();
    const detached = message(OPS, {
      detached: { flags: 0n, log: { path: '/nowhere/x.log', maxBytes: 4096 } },
    });
    const ended: Record<string, number> = {};
    const lane = async (seed: number) => {
      const random = numbers(seed);
      for (let run = 0; run < RANDOM / LANES; run++) {
        const bytes = damaged(random(4) === 0 ? detached : whole, random);
        const { signal, code } = await answer(bytes);
        const how = signal ?? (code !== null && code >= 125 ? 'refused' : 'other');
        ended[how] = (ended[how] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index + 1)));
    expect(ended).toEqual({ refused: expect.any(Number), other: expect.any(Number) });
  });
});

/** One to four numbers, bytes or lengths changed, as what makes trouble. */
function damaged(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  const words = [0, 1, 8, 39, 40, 64, 4096, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
  for (let changes = random(4) + 1; changes > 0; changes--) {
    switch (random(4)) {
      case 0:
        view.setUint32(random(copy.length / 4) * 4, words[random(words.length)] ?? 0, true);
        break;
      case 1:
        view.setUint8(random(copy.length), random(256));
        break;
      case 2:
        view.setUint32(random(copy.length / 4) * 4, random(copy.length + 64), true);
        break;
      default:
        return copy.subarray(0, random(copy.length));
    }
  }
  return copy;
}
