// What is on the host that a container could have left behind: counted before and after a run, and compared.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseMountInfo } from '../runtime/host/mountinfo.ts';
import type { AuditRow } from './model.ts';

export type Inventory = Readonly<Record<AuditRow['what'], readonly string[]>>;

const STATE_DIRECTORY = '/run/terrarium';
const NAMESPACE_KINDS = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];

/** Reads /proc and /sys only; takes some ten milliseconds. What vanishes while it is read is not there. */
export function takeInventory(): Inventory {
  const mounts = parseMountInfo(read('/proc/self/mountinfo'));
  const cgroupRoots = mounts
    .filter(({ fstype }) => fstype === 'cgroup' || fstype === 'cgroup2')
    .map(({ mountPoint }) => mountPoint);
  const processes = readProcesses();
  return {
    mounts: mounts.map(({ mountPoint, fstype }) => `${fstype} on ${mountPoint}`),
    cgroups: cgroupRoots.flatMap((root) => cgroupsBelow(root, 6)),
    links: list('/sys/class/net').filter((name) => name.startsWith('tr')),
    namespaces: processes.flatMap(({ namespaces }) => namespaces),
    processes: processes.filter(({ ours }) => ours).map(({ pid, name }) => `${pid} ${name}`),
    'state files': filesBelow(STATE_DIRECTORY),
  };
}

const ORDER: readonly AuditRow['what'][] = [
  'mounts',
  'cgroups',
  'links',
  'namespaces',
  'processes',
  'state files',
];

/** One row a kind. An entry that stands twice (two mounts on one directory) counts twice. */
export function compareInventories(before: Inventory, after: Inventory): AuditRow[] {
  return ORDER.map((what) => {
    const unmatched = new Map<string, number>();
    for (const entry of distinct(what, before))
      unmatched.set(entry, (unmatched.get(entry) ?? 0) + 1);
    const left = distinct(what, after).filter((entry) => {
      const count = unmatched.get(entry) ?? 0;
      unmatched.set(entry, count - 1);
      return count <= 0;
    });
    return {
      what,
      before: distinct(what, before).length,
      after: distinct(what, after).length,
      left,
    };
  });
}

function distinct(what: AuditRow['what'], inventory: Inventory): readonly string[] {
  return what === 'mounts' ? inventory[what] : [...new Set(inventory[what])];
}

function cgroupsBelow(directory: string, depth: number): string[] {
  if (depth === 0) return [];
  return directories(directory).flatMap((name) => {
    const path = join(directory, name);
    return [...(name.startsWith('terrarium') ? [path] : []), ...cgroupsBelow(path, depth - 1)];
  });
}

interface Process {
  readonly pid: string;
  readonly name: string;
  readonly ours: boolean;
  readonly namespaces: readonly string[];
}

/** A process is ours when it sits in one of our cgroups, or still runs our init. */
function readProcesses(): Process[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({
      pid,
      name: read(`/proc/${pid}/comm`).trim(),
      ours:
        /\/terrarium[-/]/.test(read(`/proc/${pid}/cgroup`)) ||
        link(`/proc/${pid}/exe`).includes('memfd:terrarium'),
      namespaces: NAMESPACE_KINDS.map((kind) => link(`/proc/${pid}/ns/${kind}`)).filter(
        (id) => id !== '',
      ),
    }));
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function directories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
