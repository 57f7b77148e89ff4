// The seccomp profile as rules for one set of capabilities. Pure.
import { capabilityMask } from '../config/capabilities.ts';
import type { HostFacts } from '../host/facts.ts';
import {
  ALLOWED,
  ALLOWED_FAMILIES,
  NAMESPACE_FLAGS,
  NUMBERS,
  PERSONALITIES,
  REFUSED,
  REFUSED_FAMILIES,
  WITH_CAPABILITY,
} from './seccomp-profile.ts';

const ALLOW = 0x7fff0000;
const errnoAction = (errno: number) => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;

/** SCMP_CMP_MASKED_EQ of enum scmp_compare: `(argument & value) == valueTwo`. */
const MASKED_EQ = 7;
/**
 * What the kernel looks at of an argument that it takes as an int. libseccomp's other comparisons
 * look at 64 bits: they take 2³² + 40 for another family than 40, and the kernel does not.
 */
const WIDTH = 0xffffffffn;

export interface Comparison {
  readonly index: number;
  readonly op: number;
  readonly value: bigint;
  readonly valueTwo: bigint;
}

export interface SeccompRule {
  /** SECCOMP_RET_* with its data. */
  readonly action: number;
  readonly names: readonly string[];
  readonly args: readonly Comparison[];
}

export interface SeccompProgram {
  readonly defaultAction: number;
  readonly rules: readonly SeccompRule[];
  /** Numbers of names that libseccomp may not know. */
  readonly numbers: Readonly<Record<string, number>>;
}

const words = (text: string) => text.trim().split(/\s+/);

function masked(index: number, mask: bigint, value: bigint): Comparison {
  return { index, op: MASKED_EQ, value: mask, valueTwo: value };
}

/** An argument of 32 bits that is `first` to `last`, as the fewest masked comparisons. */
function between(index: number, first: number, last: number): Comparison[] {
  const found: Comparison[] = [];
  for (let at = first; at <= last; ) {
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 - 1 <= last) size *= 2;
    found.push(masked(index, WIDTH - BigInt(size - 1), BigInt(at)));
    at += size;
  }
  return found;
}

/** One rule for each comparison: those of one rule must all hold. */
function anyOf(
  action: number,
  names: readonly string[],
  comparisons: readonly Comparison[],
): SeccompRule[] {
  return comparisons.map((comparison) => ({ action, names, args: [comparison] }));
}

/**
 * Rules for a container with these capabilities. Follows the profile that docker and podman share:
 * new namespaces only with CAP_SYS_ADMIN (clone3(2), whose flags a filter cannot see, is ENOSYS
 * without), no AF_ALG or AF_VSOCK, a few personalities, no keyrings, no io_uring.
 * Only the native architecture: compiling for its 32-bit sister too takes eight times as long and
 * triples the filter.
 */
export function seccompProgram(
  capabilities: readonly string[],
  arch: HostFacts['arch'],
): SeccompProgram {
  const held = capabilityMask(capabilities);
  const granted = new Set(
    WITH_CAPABILITY.flatMap(([name, names]) => (held & capabilityMask([name]) ? words(names) : [])),
  );
  const all = [...new Set([...words(ALLOWED), ...granted])];
  const refused = words(REFUSED).filter((name) => !granted.has(name));
  const sockets = ['socket', 'socketpair'];
  const flags = NAMESPACE_FLAGS.map(BigInt);
  const anyFlag = flags.reduce((mask, flag) => mask | flag, 0n);
  return {
    defaultAction: errnoAction(ENOSYS),
    numbers: NUMBERS[arch],
    rules: [
      { action: ALLOW, names: all, args: [] },
      ...ALLOWED_FAMILIES.flatMap(([first, last]) =>
        anyOf(ALLOW, sockets, between(0, first, last)),
      ),
      ...REFUSED_FAMILIES.flatMap((one) =>
        anyOf(errnoAction(EPERM), sockets, between(0, one, one)),
      ),
      ...PERSONALITIES.flatMap((one) => anyOf(ALLOW, ['personality'], between(0, one, one))),
      ...(granted.has('clone')
        ? []
        : [
            ...anyOf(ALLOW, ['clone'], [masked(0, anyFlag, 0n)]),
            ...anyOf(
              errnoAction(EPERM),
              ['clone'],
              flags.map((flag) => masked(0, flag, flag)),
            ),
          ]),
      { action: errnoAction(EPERM), names: refused, args: [] },
    ],
  };
}
