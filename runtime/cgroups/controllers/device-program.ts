// Device rules of cgroup v2: an eBPF program that the kernel asks before a device is opened or made
// (cgroup-v2.rst, "Device controller"). Pure.
import type { DeviceRule } from '../../config/config.ts';

/** bpf(2), struct bpf_insn: opcode, registers, offset, immediate value; eight bytes. */
type Instruction = readonly [opcode: number, registers: number, offset: number, immediate: number];

/** linux/bpf_common.h and linux/bpf.h: class, source and operation together. */
const LOAD_WORD = 0x61;
const MOVE_REGISTER = 0xbf;
const MOVE = 0xb7;
const AND = 0x57;
const SHIFT_RIGHT = 0x77;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_EQUAL = 0x55;
const EXIT = 0x95;

/**
 * r0 the answer, r1 struct bpf_cgroup_dev_ctx; the others are chosen here. `wanted`: the accesses
 * that no rule has allowed yet.
 */
const [ANSWER, CONTEXT, TYPE, WANTED, MAJOR, MINOR, SCRATCH] = [0, 1, 2, 3, 4, 5, 6] as const;

/** BPF_DEVCG_DEV_*, BPF_DEVCG_ACC_* */
const DEVICE = { b: 1, c: 2 } as const;
const ACCESS = { m: 1, r: 2, w: 4 } as const;
const EVERY_ACCESS = 7;

/**
 * The program as the kernel takes it, for a little-endian machine. Of two rules for the same access
 * to the same device the later one counts, and what no rule names is denied, as with the v1
 * controller: so the rules are asked last to first, each access by itself.
 */
export function deviceProgram(rules: readonly DeviceRule[]): Uint8Array {
  const instructions: Instruction[] = [
    [LOAD_WORD, registers(TYPE, CONTEXT), 0, 0],
    [MOVE_REGISTER, registers(WANTED, TYPE), 0, 0],
    [SHIFT_RIGHT, WANTED, 0, 16],
    [AND, TYPE, 0, 0xffff],
    [LOAD_WORD, registers(MAJOR, CONTEXT), 4, 0],
    [LOAD_WORD, registers(MINOR, CONTEXT), 8, 0],
  ];
  for (const rule of rules.toReversed()) {
    instructions.push(...ruleInstructions(rule));
    // What follows could never be reached, and such a program is refused.
    if (isEverything(rule)) return encode([...instructions, ...answer(rule.allow)]);
  }
  return encode([...instructions, ...answer(false)]);
}

function isEverything({ type, major, minor, access }: DeviceRule): boolean {
  return (
    type === 'a' &&
    major === undefined &&
    minor === undefined &&
    accessBits(access) === EVERY_ACCESS
  );
}

function ruleInstructions(rule: DeviceRule): Instruction[] {
  if (isEverything(rule)) return [];
  const bits = accessBits(rule.access);
  const deed: Instruction[] = rule.allow
    ? [[AND, WANTED, 0, ~bits], [JUMP_NOT_EQUAL, WANTED, 2, 0], ...answer(true)]
    : [
        [MOVE_REGISTER, registers(SCRATCH, WANTED), 0, 0],
        [AND, SCRATCH, 0, bits],
        [JUMP_EQUAL, SCRATCH, 2, 0],
        ...answer(false),
      ];
  const conditions: (readonly [register: number, value: number])[] = [
    ...(rule.type === 'a' ? [] : [[TYPE, DEVICE[rule.type]] as const]),
    ...(rule.major === undefined ? [] : [[MAJOR, rule.major] as const]),
    ...(rule.minor === undefined ? [] : [[MINOR, rule.minor] as const]),
  ];
  return [
    ...conditions.map(([register, value], index): Instruction => {
      const skipped = conditions.length - index - 1 + deed.length;
      return [JUMP_NOT_EQUAL, register, skipped, value];
    }),
    ...deed,
  ];
}

function answer(allow: boolean): Instruction[] {
  return [
    [MOVE, ANSWER, 0, allow ? 1 : 0],
    [EXIT, 0, 0, 0],
  ];
}

function accessBits(access: string): number {
  return (
    (access.includes('m') ? ACCESS.m : 0) |
    (access.includes('r') ? ACCESS.r : 0) |
    (access.includes('w') ? ACCESS.w : 0)
  );
}

/** Destination in the low half, source in the high one. */
function registers(destination: number, source: number): number {
  return destination | (source << 4);
}

function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [index, [opcode, both, offset, immediate]] of instructions.entries()) {
    bytes.writeUInt8(opcode, index * 8);
    bytes.writeUInt8(both, index * 8 + 1);
    bytes.writeInt16LE(offset, index * 8 + 2);
    bytes.writeInt32LE(immediate, index * 8 + 4);
  }
  return new Uint8Array(bytes);
}
