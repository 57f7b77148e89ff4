// crun refuses to start where v1 hierarchies and a v2 tree are mounted beside each other: it gets a
// mount namespace without the latter.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';

function unifiedMount(): string | undefined {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const unified = mounts.find(({ fstype }) => fstype === 'cgroup2')?.mountPoint;
  return mounts.some(({ fstype }) => fstype === 'cgroup') ? unified : undefined;
}

export function isHybrid(): boolean {
  return unifiedMount() !== undefined;
}

/**
 * Path of a mount namespace like ours but for the v2 tree. It is kept by a bind mount in our own,
 * and goes with that. The kernel binds only a namespace with a larger number than ours, and since
 * 6.18 each processor hands out numbers of its own: one of them has larger ones.
 */
export function mountsWithoutUnified(scratch: string): string {
  const directory = join(scratch, 'mount-namespaces');
  const path = join(directory, 'without-unified');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, '');
  // A mount namespace can only be bound where mounts do not spread to others: setns(2), mount(2).
  execFileSync('mount', ['--bind', directory, directory]);
  execFileSync('mount', ['--make-private', directory]);
  for (const cpu of cpus().keys()) {
    try {
      execFileSync(
        'taskset',
        ['-c', `${cpu}`, 'unshare', `--mount=${path}`, 'umount', unifiedMount() ?? ''],
        { stdio: 'pipe' },
      );
      return path;
    } catch (error) {
      if (cpu === cpus().length - 1) throw error;
    }
  }
  return path;
}
