// Mount tables as the kernel tells them: proc_pid_mountinfo(5).
import { readFileSync } from 'node:fs';

export interface MountEntry {
  /** Unique among all mount namespaces of the machine. */
  readonly id: string;
  /** Of the file system, as `major:minor`. */
  readonly device: string;
  /** Which directory of the file system is shown: `/` for all of it. */
  readonly root: string;
  readonly point: string;
  /** `rw`, `nosuid` …: of this mount, not of its file system. */
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
}

/** The mounts that a process sees, in its own namespace and below its own root. */
export function mountsOf(pid: number | 'self'): MountEntry[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [id = '', , device = '', root = '', point = '', options = ''] = before.split(' ');
      const [type = '', source = ''] = after.split(' ');
      return { id, device, root, point, options: options.split(','), type, source };
    });
}
