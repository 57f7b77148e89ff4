// Device rules: cgroup-v1/devices.rst, and cgroup-v2.rst "Device controller", which is an eBPF
// program. Pure.
import type { DeviceRule } from '../../config/config.ts';
import { DEFAULT_DEVICE_RULES } from '../../config/defaults.ts';
import { isBefore } from '../../host/facts.ts';
import { above, type CgroupController, type FailedStep, type WriteOp } from './controller.ts';
import { deviceProgram } from './device-program.ts';

const KEPT_AWAY = 'devices are kept away by mounts (nodev) and the missing CAP_MKNOD';

export const devices: CgroupController = {
  name: 'devices',
  hierarchies: ['devices'],
  options: {},
  without: { devices: 'SAFE-05: access to devices is not restricted by cgroup' },
  // Every container has rules; where they are not enforced it is warned.
  asks: () => undefined,
  v1: (group, { devices: rules }) => deviceWrites(group, rules),

  v2(path, { devices: rules }, { cgroup }) {
    if (cgroup.mode !== 'v2' || !cgroup.devicePrograms) return [];
    const program = deviceProgram(rules);
    return [{ kind: 'bpf_devices', path, rules: ruleTexts(rules), program }];
  },

  /** They cannot be changed. */
  update: () => [],

  hint(failed) {
    if (failed.step === 'program') return programHint(failed);
    // Only CAP_SYS_ADMIN changes device rules, and never beyond those of the group above.
    const { step, code, group, value, may, whyDenied } = failed;
    if (step !== 'limit' || code !== 'EPERM') return undefined;
    return (
      (may('CAP_SYS_ADMIN') ? undefined : whyDenied('CAP_SYS_ADMIN')) ??
      `the group above does not allow ${JSON.stringify(value)} itself, as in an outer container: devices.list in ${above(group)} shows what it allows`
    );
  },

  warnings(_, { cgroup }) {
    if (cgroup.mode === 'none') return [];
    if (cgroup.mode === 'v2')
      return cgroup.devicePrograms
        ? []
        : [`this kernel has no eBPF, so no device rules on cgroup v2: ${KEPT_AWAY}`];
    return cgroup.hierarchies.devices === undefined
      ? [`device rules are not enforced, for the devices controller is not mounted: ${KEPT_AWAY}`]
      : [];
  },
};

const ALL = 'a *:* rwm';

/** bpf(2), "ERRORS", and capabilities(7), CAP_BPF. */
function programHint({ code, host, whyDenied }: FailedStep): string | undefined {
  if (code === 'EINVAL')
    return 'this kernel has bpf(2), but no cgroup programs (CONFIG_CGROUP_BPF), so it cannot restrict devices on v2';
  if (code !== 'EPERM') return undefined;
  return (
    whyDenied('CAP_SYS_ADMIN') ??
    (isBefore(host.kernel, 5, 11)
      ? 'before Linux 5.11 programs count as locked memory: raise `ulimit -l`; or a seccomp filter of an outer container refuses bpf(2) to us'
      : 'a seccomp filter or a security module of an outer container refuses bpf(2) to us')
  );
}

/**
 * The rules as writes, in order; the kernel takes one rule a write. A rule for `a` replaces every
 * one before it, so what precedes the last of them is left out. Without any, everything is denied
 * first: what is not allowed is denied. Writes to the same file follow each other, so that one
 * descriptor can serve them all.
 */
function deviceWrites(path: string, rules: readonly DeviceRule[]): WriteOp[] {
  const lines = rules === DEFAULT_DEVICE_RULES ? USUAL : linesOf(rules);
  return lines.map(({ file, value }) => ({ kind: 'write', path: path + file, value }));
}

interface Line {
  readonly file: '/devices.allow' | '/devices.deny';
  readonly value: string;
}

function linesOf(rules: readonly DeviceRule[]): Line[] {
  const start = rules.findLastIndex((rule) => rule.type === 'a');
  const base = rules[start]?.allow ?? false;
  const after = rules.slice(start + 1).filter((rule) => base === false || !rule.allow);
  // A new group has its parent's rules, which may be less than all: allowing all is then the
  // kernel's to refuse.
  return [line(base, ALL), ...after.map((rule) => line(rule.allow, ruleText(rule)))];
}

function line(allow: boolean, value: string): Line {
  return { file: allow ? '/devices.allow' : '/devices.deny', value };
}

/** Of nearly all containers: made once. */
const USUAL = linesOf(DEFAULT_DEVICE_RULES);

/** `allow c 1:3 rwm`, in order: how a plan says them. */
function ruleTexts(rules: readonly DeviceRule[]): string[] {
  return rules.map((rule) => `${rule.allow ? 'allow' : 'deny'} ${ruleText(rule)}`);
}

/** `c 1:3 rwm`; a number that is not given is `*`. */
function ruleText({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}
