// `terrarium doctor`: what the host offers, and what cannot be proven on it and why. Pure: looks
// only at its arguments.

import { type HostFacts, isBefore, type NamespaceType } from '../host/facts.ts';
import type { FeatureState, Observations } from '../host/observe.ts';
import { cgroupFindings } from './cgroups.ts';
import type { Finding } from './finding.ts';

/** Everything in the order a start needs it. */
export function diagnose(facts: HostFacts, observed: Observations): Finding[] {
  return [
    kernel(facts),
    root(facts),
    ...capabilities(facts),
    namespaces(facts),
    userNamespaces(facts, observed),
    ...cgroupFindings(facts),
    module('veth', observed.veth, 'NET-01 to NET-06, MULTI-01: no veth pair can be made'),
    module(
      'overlay',
      observed.overlay,
      'a writable layer over a shared root file system is not possible',
    ),
    seccomp(facts),
    securityModules(observed),
    observed.kernelLogReadable
      ? { name: 'kernel log', status: 'ok', detail: '/dev/kmsg can be read' }
      : {
          name: 'kernel log',
          status: 'limited',
          detail: '/dev/kmsg cannot be opened',
          consequence: 'LIM-01: an OOM kill is counted, but its victim is not named',
        },
    observed.kvm
      ? { name: 'virtual machines', status: 'ok', detail: '/dev/kvm can be opened' }
      : {
          name: 'virtual machines',
          status: 'limited',
          detail: 'no access to /dev/kvm',
          consequence: 'guest kernels run emulated, and VMs cannot be measured',
        },
    stateDirectory(observed),
  ];
}

/**
 * `npm run matrix` tries none before; below 5.9 there is no close_range(2), and the init refuses to
 * run.
 */
const OLDEST = { major: 5, minor: 10 };

function kernel({ kernel }: HostFacts): Finding {
  const { release } = kernel;
  if (!isBefore(kernel, OLDEST.major, OLDEST.minor))
    return { name: 'kernel', status: 'ok', detail: release };
  return {
    name: 'kernel',
    status: 'missing',
    detail: release,
    consequence:
      'every requirement: the init needs close_range (Linux 5.9), and nothing before Linux 5.10 is tested',
  };
}

function root({ euid }: HostFacts): Finding {
  if (euid === 0) return { name: 'root', status: 'ok', detail: 'effective user 0' };
  return {
    name: 'root',
    status: 'missing',
    detail: `effective user ${euid}`,
    consequence: 'every requirement: cgroups, links and mounts need root (run it through sudo)',
  };
}

/** What a start needs, by number in capabilities(7), and what is lost without it. */
const NEEDED: readonly (readonly [name: string, bit: number, consequence: string])[] = [
  ['CAP_SYS_ADMIN', 21, 'every requirement: no namespace, mount or cgroup can be made'],
  ['CAP_NET_ADMIN', 12, 'NET-01 to NET-06: no link can be made'],
  ['CAP_MKNOD', 27, 'SAFE-05: device nodes are bound from the host instead of made'],
  ['CAP_SETPCAP', 8, 'SAFE-01: the bounding set cannot be reduced'],
  ['CAP_SETUID', 7, '--user cannot be obeyed'],
  ['CAP_SETGID', 6, '--user cannot be obeyed'],
  ['CAP_KILL', 5, 'processes of other users in a container cannot be signalled'],
  ['CAP_SYS_CHROOT', 18, 'ROOT-01 to ROOT-05: a mount namespace cannot be joined'],
  ['CAP_SYS_RESOURCE', 24, 'hard resource limits cannot be raised above the present ones'],
];

function capabilities(facts: HostFacts): Finding[] {
  const missing = NEEDED.filter(([, bit]) => (facts.capabilities & (1n << BigInt(bit))) === 0n);
  if (missing.length === 0)
    return [{ name: 'capabilities', status: 'ok', detail: 'all that a start needs' }];
  return missing.map(([name, , consequence]) => ({
    name,
    status: name === 'CAP_SYS_RESOURCE' ? 'limited' : 'missing',
    detail: 'not in the effective set',
    consequence,
  }));
}

const LOST: Readonly<Record<NamespaceType, string>> = {
  mount: 'NS-02, ROOT',
  pid: 'NS-03, PS',
  network: 'NS-01, NET',
  uts: 'NS-04, HOST',
  ipc: 'NS-05',
  cgroup: 'NS-06',
  user: 'user namespaces on request',
  time: 'time namespaces on request',
};

function namespaces({ namespaces: present }: HostFacts): Finding {
  const all: readonly NamespaceType[] = [
    'mount',
    'pid',
    'network',
    'uts',
    'ipc',
    'cgroup',
    'user',
    'time',
  ];
  const absent = all.filter((type) => !present.includes(type));
  if (absent.length === 0) return { name: 'namespaces', status: 'ok', detail: present.join(', ') };
  const status = absent.every((type) => type === 'user' || type === 'time') ? 'limited' : 'missing';
  return {
    name: 'namespaces',
    status,
    detail: `without ${absent.join(', ')}`,
    consequence: `${absent.map((type) => LOST[type]).join('; ')}: not in this kernel`,
  };
}

function userNamespaces(facts: HostFacts, observed: Observations): Finding {
  const name = 'user namespaces';
  const consequence = 'containers without root cannot be shown here';
  if (!facts.namespaces.includes('user') || observed.maxUserNamespaces === 0)
    return {
      name,
      status: 'missing',
      detail:
        observed.maxUserNamespaces === 0 ? 'user.max_user_namespaces is 0' : 'not in this kernel',
      consequence,
    };
  const restrictions = [
    observed.apparmorRestrictsUserns
      ? 'kernel.apparmor_restrict_unprivileged_userns is 1'
      : undefined,
    observed.unprivilegedUserns === false ? 'kernel.unprivileged_userns_clone is 0' : undefined,
  ].filter((text) => text !== undefined);
  if (restrictions.length === 0)
    return { name, status: 'ok', detail: `up to ${observed.maxUserNamespaces ?? 'any number'}` };
  return {
    name,
    status: 'limited',
    detail: restrictions.join(', '),
    consequence: `${consequence} by an unprivileged user; root is not affected`,
  };
}

function module(name: string, state: FeatureState, consequence: string): Finding {
  if (state === 'absent')
    return {
      name,
      status: 'missing',
      detail: 'neither built in nor a module of this kernel',
      consequence,
    };
  if (state === 'unknown')
    return {
      name,
      status: 'limited',
      detail: 'unknown until first use: no kernel configuration or module list to look at',
    };
  return { name, status: 'ok', detail: state };
}

function seccomp({ seccompFilter }: HostFacts): Finding {
  if (seccompFilter) return { name: 'seccomp', status: 'ok', detail: 'filters' };
  return {
    name: 'seccomp',
    status: 'missing',
    detail: 'no filters in this kernel',
    consequence: 'SAFE-03: no system call can be forbidden',
  };
}

function securityModules({ securityModules: modules }: Observations): Finding {
  return {
    name: 'security modules',
    status: 'ok',
    detail: modules.length > 0 ? modules.join(', ') : 'not listed',
  };
}

/** A container's state is a few files; below this a start may fail half-way, and then be undone. */
const ENOUGH_BYTES = 1024 * 1024;
const ENOUGH_INODES = 64;

function stateDirectory({
  stateDirectory: { path, writable, freeBytes, freeInodes },
}: Observations): Finding {
  const name = 'state directory';
  const detail = `${path}, ${Math.floor(freeBytes / 1024 / 1024)} MiB free`;
  if (!writable)
    return {
      name,
      status: 'missing',
      detail: `${path} cannot be written`,
      consequence: 'every requirement: a container keeps its journal there',
    };
  if (freeBytes < ENOUGH_BYTES || freeInodes < ENOUGH_INODES)
    return {
      name,
      status: 'limited',
      detail,
      consequence: 'MULTI: full before many containers have started',
    };
  return { name, status: 'ok', detail };
}
