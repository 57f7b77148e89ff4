// The compiled filter, asked by an interpreter of classic BPF as the kernel asks it for each call.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CAPABILITIES } from '../../config/defaults.ts';
import { architecture } from '../../host/read.ts';
import { compileSeccomp } from '../../native/addon.ts';
import { seccompProgram } from '../../plan/seccomp.ts';
import { NUMBERS } from '../../plan/seccomp-profile.ts';

const ARCH = architecture();
const AUDIT_ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 }[ARCH];
const AUDIT_ARCH_I386 = 0x40000003;
/** asm/unistd.h */
const NR = {
  x64: { read: 0, socket: 41, socketpair: 53, clone: 56, personality: 135 },
  arm64: { read: 63, socket: 198, socketpair: 199, clone: 220, personality: 92 },
}[ARCH];

const [ALLOW, EPERM, ENOSYS, KILL] = [0x7fff0000, 0x00050001, 0x00050026, 0x80000000];
const HIGH_BITS = [0n, 1n << 32n, 1n << 63n, 0xffffffffn << 32n];

/** struct seccomp_data: number, architecture, instruction pointer, six arguments. */
function data(number: number, args: readonly bigint[], arch: number): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, number >>> 0, true);
  view.setUint32(4, arch, true);
  for (const [index, arg] of args.entries()) view.setBigUint64(16 + 8 * index, arg, true);
  return view;
}

/**
 * What the kernel's interpreter would return: linux/filter.h, the instructions that libseccomp
 * uses.
 */
function ask(
  program: Uint8Array,
  number: number,
  args: readonly bigint[] = [],
  arch = AUDIT_ARCH,
): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const context = data(number, args, arch);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [whenTrue, whenFalse] = [code.getUint8(at + 2), code.getUint8(at + 3)];
    const k = code.getUint32(at + 4, true);
    const jump = (holds: boolean) => {
      at += 8 * (holds ? whenTrue : whenFalse);
    };
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = context.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x15:
        jump(accumulator === k);
        break;
      case 0x25:
        jump(accumulator > k);
        break;
      case 0x35:
        jump(accumulator >= k);
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`instruction ${code.getUint16(at, true)}`);
    }
  }
  throw new Error('the program has no end');
}

const compile = (capabilities: readonly string[]) =>
  compileSeccomp(seccompProgram(capabilities, ARCH));
const usual = compile(DEFAULT_CAPABILITIES);

describe('arguments of which the kernel looks at 32 bits', () => {
  it.each([NR.socket, NR.socketpair])('families of call %d, whatever the high bits', (call) => {
    for (const high of HIGH_BITS) {
      for (let family = 0; family < 4096; family++) {
        const expected = family === 38 || family === 40 ? EPERM : family < 48 ? ALLOW : ENOSYS;
        const answer = ask(usual, call, [high | BigInt(family), 1n, 0n]);
        expect([family, high, answer]).toEqual([family, high, expected]);
      }
      // Each bit beyond the last family by itself, with a family that is allowed.
      for (let bit = 6n; bit < 32n; bit++)
        expect(ask(usual, call, [high | (1n << bit) | 2n])).toBe(ENOSYS);
    }
  });

  it('values of personality(2), whatever the high bits', () => {
    const allowed = new Set([0, 8, 0x20000, 0x20008, 0xffffffff]);
    const bits = Array.from({ length: 32 }, (_, bit) => 2 ** bit);
    const values = [...allowed, ...bits, ...bits.map((bit) => 0xffffffff - bit), 0x40008];
    for (const high of HIGH_BITS)
      for (const value of values)
        expect(ask(usual, NR.personality, [high | BigInt(value)])).toBe(
          allowed.has(value) ? ALLOW : ENOSYS,
        );
  });

  it('namespace flags of clone(2), alone and together, whatever the high bits', () => {
    const flags = [0x20000n, 1n << 25n, 1n << 26n, 1n << 27n, 1n << 28n, 1n << 29n, 1n << 30n];
    const [sigchld, thread] = [17n, 0x3d0f00n];
    for (const high of HIGH_BITS) {
      for (const plain of [0n, sigchld, thread, 0x80n, 0xffffffffn & ~0x7e020000n])
        expect(ask(usual, NR.clone, [high | plain])).toBe(ALLOW);
      for (const first of flags)
        for (const second of flags)
          for (const plain of [0n, sigchld, thread])
            expect(ask(usual, NR.clone, [high | first | second | plain])).toBe(EPERM);
    }
    const admin = compile(['CAP_SYS_ADMIN']);
    expect(ask(admin, NR.clone, [1n << 28n])).toBe(ALLOW);
  });
});

describe('calls by number', () => {
  const { numbers } = seccompProgram(DEFAULT_CAPABILITIES, ARCH);

  it.each([
    ['mseal', ALLOW],
    ['statmount', ALLOW],
    ['listmount', ALLOW],
    ['setxattrat', ALLOW],
    ['getxattrat', ALLOW],
    ['listxattrat', ALLOW],
    ['removexattrat', ALLOW],
    ['map_shadow_stack', ALLOW],
    ['cachestat', ALLOW],
    ['fchmodat2', ALLOW],
    ['futex_wake', ALLOW],
    ['futex_wait', ALLOW],
    ['futex_requeue', ALLOW],
    ['lsm_list_modules', ENOSYS],
    ['process_madvise', EPERM],
    ['open_tree_attr', EPERM],
  ] as const)('%s', (name, expected) => {
    const number = numbers[name] ?? -1;
    expect(ask(usual, number)).toBe(expected);
  });

  it('gives each number once', () => {
    const all = Object.values(NUMBERS[ARCH]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('answers ENOSYS for what no list names', () => {
    for (const number of [600, 1000, 0x3fffffff]) expect(ask(usual, number)).toBe(ENOSYS);
  });
});

describe('another way to the same call', () => {
  it('kills at the 32-bit interface', () => {
    expect(ask(usual, NR.read, [], AUDIT_ARCH_I386)).toBe(KILL);
  });

  it.runIf(ARCH === 'x64')('kills at every number of x32', () => {
    for (let number = 0; number < 1024; number++)
      expect(ask(usual, (0x40000000 | number) >>> 0)).toBe(KILL);
    for (const number of [0x40000200, 0x7fffffff, 0x80000000, 0xc0000029, 0xfffffffe])
      expect(ask(usual, number)).toBe(KILL);
  });

  it('allows nothing for -1, which a tracer writes to skip a call', () => {
    expect(ask(usual, 0xffffffff)).not.toBe(ALLOW);
  });
});
