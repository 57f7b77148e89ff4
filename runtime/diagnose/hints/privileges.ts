// Reasons for an EPERM of any operation: identity and capabilities of the runtime, and its sandbox.
import { quoted } from '../../base/bytes.ts';
import { holds } from '../../config/capabilities.ts';
import { type HostFacts, isBefore } from '../../host/facts.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import { serviceOf, settingWithout } from './service.ts';

/** user_namespaces(7): the first one maps all 2^32 - 1 ids to themselves. */
export function inUserNamespace(probe: RootfsProbe): boolean {
  const map = probe.readHost('/proc/self/uid_map');
  return map !== undefined && map.split(/\s+/).join(' ') !== '0 0 4294967295';
}

/** proc_pid_status(5): the runtime itself is under a filter. */
export function underSeccomp(probe: RootfsProbe): boolean {
  return /^Seccomp:\s*2$/m.test(probe.readHost('/proc/self/status') ?? '');
}

/**
 * The AppArmor profile or SELinux label that the runtime is under; undefined for none that
 * confines.
 */
export function confinedBy(probe: RootfsProbe): string | undefined {
  const label = probe.readHost('/proc/self/attr/current')?.replace(/\0/g, '');
  return label === undefined ||
    label === '' ||
    label === 'unconfined' ||
    /:unconfined_t:|\(complain\)|^kernel$/.test(label)
    ? undefined
    : label;
}

/** The likeliest reason for which the kernel refuses what needs `capability`. */
export function notPermitted(
  facts: HostFacts,
  probe: RootfsProbe,
  capability: string,
): string | undefined {
  if (facts.euid !== 0)
    return `the effective user is ${facts.euid}, and this needs root: run it with sudo`;
  const service = serviceOf(probe);
  if (service !== undefined) {
    const setting = settingAgainst(facts, probe, capability);
    if (setting !== undefined) return `${setting} of ${service} forbids it: leave it out there`;
  }
  if (!holds(facts, capability))
    return `the runtime is root without ${capability}, as in a container or service that dropped it: give it back there (docker run --cap-add ${capability.slice(4)})`;
  const label = confinedBy(probe);
  if (underSeccomp(probe))
    return 'a seccomp filter is over the runtime itself, as in a container: start the outer one with --security-opt seccomp=unconfined, or as --privileged';
  if (label !== undefined)
    return `the security profile ${quoted(label)} is over the runtime itself: start the outer container with --security-opt apparmor=unconfined, or as --privileged`;
  if (inUserNamespace(probe))
    return `the runtime is root of a user namespace only, and ${capability} counts there for nothing that the host owns: run it as the host's root`;
  return undefined;
}

/** What of systemd.exec(5) takes a capability, or what it is good for. */
function settingAgainst(
  facts: HostFacts,
  probe: RootfsProbe,
  capability: string,
): string | undefined {
  if (!holds(facts, capability))
    return capability === 'CAP_MKNOD'
      ? 'PrivateDevices= or CapabilityBoundingSet='
      : 'CapabilityBoundingSet=';
  if (inUserNamespace(probe)) return 'PrivateUsers=';
  return underSeccomp(probe)
    ? 'RestrictNamespaces=, SystemCallFilter= or another filter'
    : undefined;
}

/** For a call the kernel does not know: since when it does, and what else answers so. */
export function unknownCall(
  syscall: string,
  facts: HostFacts,
  probe: RootfsProbe,
): string | undefined {
  const since = SINCE[syscall];
  if (since === undefined) return undefined;
  const [major, minor] = since;
  const { release } = facts.kernel;
  if (isBefore(facts.kernel, major, minor))
    return `${syscall}(2) came with Linux ${major}.${minor}, and this is ${release}: a newer kernel is needed`;
  const service = serviceOf(probe);
  if (service !== undefined && underSeccomp(probe))
    return `${settingWithout(syscall)} of ${service} answers in the place of ${syscall}(2): leave it out there`;
  const filter = underSeccomp(probe)
    ? 'the seccomp filter over the runtime itself'
    : 'a seccomp filter, or a sandbox that imitates Linux,';
  return `Linux ${release} has ${syscall}(2), so ${filter} answers in its place: update the outer container's engine, or start it with --security-opt seccomp=unconfined`;
}

const SINCE: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  clone3: [5, 3],
  openat2: [5, 6],
  open_tree: [5, 2],
  move_mount: [5, 2],
  fsopen: [5, 2],
  fsconfig: [5, 2],
  fsmount: [5, 2],
  mount_setattr: [5, 12],
  pidfd_open: [5, 3],
};
