// The capabilities of capabilities(7): names, numbers, and which of them a container gets.
import type { CgroupLayout } from '../host/facts.ts';
import { DEFAULT_CAPABILITIES } from './defaults.ts';
import type { Problems } from './problems.ts';
import { suggestion } from './suggest.ts';

/** In the order of their numbers, 0 to 40 (include/uapi/linux/capability.h). */
const NAMES = [
  ...[
    'CHOWN',
    'DAC_OVERRIDE',
    'DAC_READ_SEARCH',
    'FOWNER',
    'FSETID',
    'KILL',
    'SETGID',
    'SETUID',
    'SETPCAP',
    'LINUX_IMMUTABLE',
  ],
  ...[
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
  ],
  ...[
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
  ],
  ...[
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
    'MAC_OVERRIDE',
    'MAC_ADMIN',
    'SYSLOG',
    'WAKE_ALARM',
    'BLOCK_SUSPEND',
    'AUDIT_READ',
  ],
  ...['PERFMON', 'BPF', 'CHECKPOINT_RESTORE'],
];

/** Every name, `CAP_CHOWN` first; the index is the capability's number. */
export const CAPABILITIES: readonly string[] = NAMES.map((name) => `CAP_${name}`);

const BITS: ReadonlyMap<string, bigint> = new Map(
  CAPABILITIES.map((name, number) => [name, 1n << BigInt(number)]),
);

/** The number of a capability named as in CAPABILITIES; undefined if there is none of that name. */
export function capabilityNumber(name: string): number | undefined {
  const index = CAPABILITIES.indexOf(name);
  return index < 0 ? undefined : index;
}

/** Whether the runtime has the capability; names as in capabilities(7). */
export function holds({ capabilities }: Pick<Grantable, 'capabilities'>, name: string): boolean {
  return ((capabilities >> BigInt(capabilityNumber(name) ?? 0)) & 1n) === 1n;
}

/** The bit mask of a list of capabilities; unknown names have no bit. */
export function capabilityMask(names: readonly string[]): bigint {
  let mask = 0n;
  for (const name of names) mask |= BITS.get(name) ?? 0n;
  return mask;
}

/** The names in a bit mask, in the order of their numbers. */
export function capabilityNames(mask: bigint): string[] {
  return CAPABILITIES.filter((name) => (BITS.get(name) ?? 0n) & mask);
}

/**
 * Whether device rules are enforced: by the v1 devices controller, or by an eBPF program on v2.
 * Where they are not (a kernel without bpf(2)), a container gets no CAP_MKNOD unless it is asked
 * for, and the device nodes of its root file system and volumes do not open.
 */
export function restrictsDevices(layout: CgroupLayout): boolean {
  if (layout.mode === 'v2') return layout.devicePrograms === true;
  return layout.mode !== 'none' && layout.hierarchies.devices !== undefined;
}

/**
 * What may be given: what the runtime holds itself. For planning without root, all that the kernel
 * knows.
 */
export interface Grantable {
  readonly euid: number;
  readonly capabilities: bigint;
  readonly lastCapability: number;
  readonly cgroup: CgroupLayout;
}

/**
 * The default 14 (13 where CAP_MKNOD would open the host's devices), without `drop`, with `add`.
 * `ALL` dropped leaves only what is added; `ALL` added leaves out only what is dropped (docker's
 * rules). What the runtime does not hold is left out of the defaults and of `ALL`, and is an error
 * when named.
 */
export function resolveCapabilities(
  add: readonly string[],
  drop: readonly string[],
  host: Grantable,
  problems: Problems,
): string[] {
  const grantable =
    (host.euid === 0 ? host.capabilities : ~0n) & ((1n << BigInt(host.lastCapability + 1)) - 1n);
  const added = named(add, 'capAdd', problems);
  const dropped = named(drop, 'capDrop', problems);
  for (const [name, path] of added) {
    if (dropped.has(name))
      problems.add(path, name, 'is both added and dropped', 'leave it out of one of the two');
    else if (name !== 'ALL' && !(capabilityMask([name]) & grantable)) {
      problems.add(
        path,
        name,
        'cannot be given, for the runtime does not hold it itself',
        'CapEff in /proc/self/status is what it holds',
      );
    }
  }
  const usual = restrictsDevices(host.cgroup)
    ? DEFAULT_CAPABILITIES
    : DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_MKNOD');
  const base = dropped.has('ALL') ? [] : added.has('ALL') ? CAPABILITIES : usual;
  const all = [
    ...base.filter((name) => !dropped.has(name)),
    ...[...added.keys()].filter((name) => name !== 'ALL'),
  ];
  return capabilityNames(capabilityMask(all) & grantable);
}

/** Each known name, with `CAP_` before it, and the path of the field it came from. */
function named(list: readonly string[], field: string, problems: Problems): Map<string, string> {
  const found = new Map<string, string>();
  for (const [index, text] of list.entries()) {
    const short = text.toUpperCase().replace(/^CAP_/, '');
    if (short === 'ALL') found.set('ALL', `${field}[${index}]`);
    else if (NAMES.includes(short)) found.set(`CAP_${short}`, `${field}[${index}]`);
    else
      problems.add(
        `${field}[${index}]`,
        text,
        'is no capability',
        suggestion(short, [...NAMES, 'ALL'], 'capabilities(7) lists them'),
      );
  }
  return found;
}
