// Device rules of the v1 devices controller: Documentation/admin-guide/cgroup-v1/devices.rst. Pure.
import type { DeviceRule } from '../../config/config.ts';
import type { WriteOp } from '../limits.ts';

const ALL = 'a *:* rwm';

/**
 * The rules as writes, in order; the kernel takes one rule a write. A rule for `a` replaces every
 * one before it, so what precedes the last of them is left out. Without any, everything is denied
 * first: what is not allowed is denied. Writes to the same file follow each other, so that one
 * descriptor can serve them all.
 */
export function deviceWrites(path: string, rules: readonly DeviceRule[]): WriteOp[] {
  const start = rules.findLastIndex((rule) => rule.type === 'a');
  const base = rules[start]?.allow ?? false;
  const after = rules.slice(start + 1).filter((rule) => base === false || !rule.allow);
  // A new group has its parent's rules, which may be less than all: allowing all is then the
  // kernel's to refuse.
  return [write(path, base, ALL), ...after.map((rule) => write(path, rule.allow, ruleText(rule)))];
}

function write(path: string, allow: boolean, value: string): WriteOp {
  return { kind: 'write', path: `${path}/${allow ? 'devices.allow' : 'devices.deny'}`, value };
}

/** `allow c 1:3 rwm`, in order: how a plan says them. */
export function ruleTexts(rules: readonly DeviceRule[]): string[] {
  return rules.map((rule) => `${rule.allow ? 'allow' : 'deny'} ${ruleText(rule)}`);
}

/** `c 1:3 rwm`; a number that is not given is `*`. */
function ruleText({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}
