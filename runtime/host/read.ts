// Reads the host's facts, once per start: eight small files and a directory, synchronously, in a
// few hundred microseconds.

import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { hostname, release } from 'node:os';
import { pathOf } from '../base/bytes.ts';
import { parseCpuList } from '../base/cpu-list.ts';
import { type CgroupPlace, cgroupLayout, usualLayout } from './cgroup-layout.ts';
import { disksOf } from './disks.ts';
import type { HostFacts, NamespaceType } from './facts.ts';
import { textIfReadable as text } from './files.ts';
import { linesOnTheWay, type MountEntry, parseMountInfo } from './mountinfo.ts';
import { capabilityMask, fieldOf, kibibytes, pageSizeOf, parseRelease } from './procfs.ts';

/** Entries of /proc/<pid>/ns, namespaces(7). */
const NAMESPACE_FILES: readonly (readonly [file: string, type: NamespaceType])[] = [
  ['mnt', 'mount'],
  ['pid', 'pid'],
  ['net', 'network'],
  ['uts', 'uts'],
  ['ipc', 'ipc'],
  ['cgroup', 'cgroup'],
  ['user', 'user'],
  ['time', 'time'],
];

/**
 * What this host offers at this moment. Never throws for something that is missing: an absent file
 * reads as the feature's absence (no cgroups is `mode: 'none'`, no /proc at all leaves nothing but
 * the identity).
 */
export function readHostFacts(): HostFacts {
  const status = text('/proc/self/status') ?? '';
  const meminfo = text('/proc/meminfo') ?? '';
  const cpuList = (
    text('/sys/devices/system/cpu/online') ??
    fieldOf(status, 'Cpus_allowed_list') ??
    '0'
  ).trim();
  const cgroup = usualLayout(CGROUP_PLACE) ?? cgroupLayout(cgroupMounts(), CGROUP_PLACE);
  return {
    kernel: parseRelease(release()),
    arch: architecture(),
    hostname: hostname(),
    euid: process.geteuid?.() ?? -1,
    capabilities: capabilityMask(fieldOf(status, 'CapEff')),
    lastCapability: Number.parseInt(text('/proc/sys/kernel/cap_last_cap') ?? '40', 10),
    memoryTotalBytes: kibibytes(fieldOf(meminfo, 'MemTotal')),
    swapTotalBytes: kibibytes(fieldOf(meminfo, 'SwapTotal')),
    pageSizeBytes: pageSize(),
    cpus: parseCpuList(cpuList)?.length ?? 1,
    cpuList,
    memoryNodes: fieldOf(status, 'Mems_allowed_list') ?? '0',
    namespaces: namespaces(),
    networkNamespace: inode('/proc/self/ns/net'),
    // `Seccomp_filters` came with 5.9; before it the list of actions (4.14) says that filters are
    // compiled in.
    seccompFilter:
      fieldOf(status, 'Seccomp_filters') !== undefined ||
      existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    cgroup,
    disks: disksOf(cgroup.mode === 'v2' ? cgroup.root : undefined),
  };
}

const CGROUP_PLACE: CgroupPlace = {
  read: text,
  exists: (path) => existsSync(pathOf(path)),
  fileSystem: (path) => {
    try {
      return statfsSync(pathOf(path)).type;
    } catch {
      return undefined;
    }
  },
  writable: (path) => {
    try {
      accessSync(pathOf(path), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
};

/** Cgroup mounts and what may hide them. A host can have thousands of others. */
function cgroupMounts(): MountEntry[] {
  return parseMountInfo(linesOnTheWay(text('/proc/self/mountinfo') ?? '', 'cgroup'));
}

/** The processor's architecture, as this process is built for it. */
export function architecture(): HostFacts['arch'] {
  return process.arch === 'arm64' ? 'arm64' : 'x64';
}

function namespaces(): NamespaceType[] {
  try {
    const present = new Set(readdirSync('/proc/self/ns'));
    return NAMESPACE_FILES.flatMap(([file, type]) => (present.has(file) ? [type] : []));
  } catch {
    return [];
  }
}

function inode(path: string): number {
  return statSync(pathOf(path), { throwIfNoEntry: false })?.ino ?? 0;
}

function pageSize(): number {
  try {
    return pageSizeOf(readFileSync('/proc/self/auxv')) ?? 4096;
  } catch {
    return 4096;
  }
}
