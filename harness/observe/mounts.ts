// Mount tables of the kernel: proc_pid_mountinfo(5).
import { readFileSync } from 'node:fs';

export interface MountEntry {
  /** Unique among all mount namespaces of the machine. */
  readonly id: string;
  /** Of the file system: `0:45`. */
  readonly device: string;
  /** The mounted part of it: `/`, a directory, `net:[4026532000]` of a namespace. */
  readonly root: string;
  readonly point: string;
  /** `rw`, `nosuid` …: of this mount, not of its file system. */
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Of the file system. */
  readonly superOptions: readonly string[];
}

/** The mounts visible to a process, in its own namespace and below its own root. */
export function mountsOf(pid: number | 'self'): MountEntry[] {
  return mountsIn(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
}

/** The cgroup mounts among them, one at each point: the last covers those below it. */
export function cgroupMounts(mounts: readonly MountEntry[] = mountsOf('self')): MountEntry[] {
  const all = mounts.filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
  return [...new Map(all.map((mount) => [mount.point, mount])).values()];
}

/** Entries of a table's text; none for an empty one. Pure. */
export function mountsIn(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [id = '', , device = '', root = '', point = '', options = ''] = before.split(' ');
      const [type = '', source = '', superOptions = ''] = after.split(' ');
      return {
        ...{ id, device, type },
        ...{ root: unescaped(root), point: unescaped(point), source: unescaped(source) },
        options: options.split(','),
        superOptions: superOptions.split(','),
      };
    });
}

/** The kernel writes space, tab, newline, backslash and `#` as `\040` and the like. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
