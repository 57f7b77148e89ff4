// Seccomp profiles in one form, so that two can be compared: what each call answers, by
// capability and by argument. Pure.
import { capabilityNames } from '../../runtime/config/capabilities.ts';
import type { SeccompProgram } from '../../runtime/plan/seccomp.ts';

/** A rule that holds for the given architecture and capabilities. */
interface Rule {
  /** `allow`, `EPERM`, … */
  readonly action: string;
  readonly names: readonly string[];
  /** All must hold; none is always. */
  readonly conditions: readonly string[];
}

interface Rules {
  readonly rules: readonly Rule[];
  readonly defaultAction: string;
}

/** What a profile says to a container that holds just these capabilities. */
export type Profile = (capabilities: readonly string[]) => Rules;

/** containers-seccomp.json(5): the parts that matter here. */
export interface ContainersProfile {
  readonly defaultAction: string;
  readonly defaultErrno?: string;
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errno?: string;
    readonly args?: readonly {
      readonly index: number;
      readonly value: number;
      readonly valueTwo: number;
      readonly op: string;
    }[];
    readonly includes?: Selection;
    readonly excludes?: Selection;
  }[];
}

interface Selection {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

const hex = (value: number | bigint) => `0x${value.toString(16)}`;

/** The profile of podman's form on an architecture as Go names it (amd64, arm64). */
export function containersProfile(profile: ContainersProfile, arch: string): Profile {
  return (held) => {
    const meets = ({ caps = [], arches = [] }: Selection = {}) =>
      caps.every((name) => held.includes(name)) && (arches.length === 0 || arches.includes(arch));
    const excluded = ({ caps = [], arches = [] }: Selection = {}) =>
      caps.some((name) => held.includes(name)) || arches.includes(arch);
    const rules = profile.syscalls.filter((s) => meets(s.includes) && !excluded(s.excludes));
    return {
      defaultAction: actionName(profile.defaultAction, profile.defaultErrno),
      rules: rules.map(({ action, errno, names, args }) => ({
        action: actionName(action, errno),
        names,
        conditions: (args ?? []).map(({ index, value, valueTwo, op }) =>
          op === 'SCMP_CMP_MASKED_EQ'
            ? `arg${index} & ${hex(value)} == ${hex(valueTwo)}`
            : `arg${index} ${OPERATORS[op] ?? op} ${hex(value)}`,
        ),
      })),
    };
  };
}

const OPERATORS: Readonly<Record<string, string>> = {
  SCMP_CMP_EQ: '==',
  SCMP_CMP_NE: '!=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_GE: '>=',
};

function actionName(action: string, errno = 'EPERM'): string {
  return action === 'SCMP_ACT_ALLOW' ? 'allow' : action === 'SCMP_ACT_ERRNO' ? errno : action;
}

const ERRNO: Readonly<Record<number, string>> = { 327681: 'EPERM', 327718: 'ENOSYS' };

/** Our profile. Its comparisons are all masked. */
export function ownProfile(program: (capabilities: readonly string[]) => SeccompProgram): Profile {
  const name = (action: number) =>
    action === 0x7fff0000 ? 'allow' : (ERRNO[action] ?? hex(action));
  return (held) => {
    const { rules, defaultAction } = program(held);
    return {
      defaultAction: name(defaultAction),
      rules: rules.map(({ action, names, args }) => ({
        action: name(action),
        names,
        conditions: args.map(
          ({ index, value, valueTwo }) => `arg${index} & ${hex(value)} == ${hex(valueTwo)}`,
        ),
      })),
    };
  };
}

const CAPABILITIES = capabilityNames((1n << 41n) - 1n);

/**
 * What each call answers: `EPERM`, `allow if arg0 == 0x0, else ENOSYS`. What another answer needs
 * follows: `EPERM; CAP_BPF: allow`. Only capabilities by themselves are tried.
 */
export function answersOf(profile: Profile): ReadonlyMap<string, string> {
  const bare = verdicts(profile([]));
  const answers = new Map<string, string[]>();
  const alone = CAPABILITIES.map((name) => [name, verdicts(profile([name]))] as const);
  const every = new Set(
    [bare, ...alone.map(([, one]) => one)].flatMap(({ named }) => [...named.keys()]),
  );
  for (const call of every) {
    const usual = bare.of(call);
    const others = alone.flatMap(([name, { of }]) =>
      of(call) === usual ? [] : [`${name}: ${of(call)}`],
    );
    answers.set(call, [usual, ...others]);
  }
  return new Map([...answers].map(([call, parts]) => [call, parts.join('; ')]));
}

function verdicts({ rules, defaultAction }: Rules) {
  const named = new Map<string, string>();
  const conditional = new Map<string, string[]>();
  for (const { action, names, conditions } of rules)
    for (const name of names) {
      // libseccomp keeps the first rule without conditions.
      if (conditions.length === 0) {
        if (!named.has(name)) named.set(name, action);
        continue;
      }
      const list = conditional.get(name) ?? [];
      list.push(`${action} if ${conditions.join(' and ')}`);
      conditional.set(name, list);
    }
  for (const [name, list] of conditional)
    if (!named.has(name)) named.set(name, `${list.join(', ')}, else ${defaultAction}`);
  return { named, of: (call: string) => named.get(call) ?? defaultAction };
}

export interface Difference {
  readonly call: string;
  readonly theirs: string;
  readonly ours: string;
}

/** Calls that the two answer differently, by name. */
export function differences(theirs: Profile, ours: Profile): Difference[] {
  const [one, other] = [answersOf(theirs), answersOf(ours)];
  const answer = (answers: ReadonlyMap<string, string>, profile: Profile, call: string) =>
    answers.get(call) ?? profile([]).defaultAction;
  return [...new Set([...one.keys(), ...other.keys()])]
    .sort()
    .map((call) => ({
      call,
      theirs: answer(one, theirs, call),
      ours: answer(other, ours, call),
    }))
    .filter((difference) => difference.theirs !== difference.ours);
}
