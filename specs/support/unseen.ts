// Whether a control group holds processes of another PID namespace, whose numbers are not shown here.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';

/**
 * Of a group without a process that is shown. cgroup v2 prints 0 for each of the others; v1 leaves
 * them out, and only the group's number of tasks, in the hierarchy of `pids`, has them.
 */
export function holdsUnseen(group: string): boolean {
  const shown = lines(join(group, 'cgroup.procs'));
  if (shown.some((pid) => pid !== '0')) return false;
  return shown.length > 0 || Number(lines(join(countedIn(group), 'pids.current'))[0] ?? 0) > 0;
}

/** The same group where v1 counts tasks: the hierarchies of v1 have the same paths. */
function countedIn(group: string): string {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'latin1'));
  const pids = mounts.findLast(
    ({ fstype, superOptions }) => fstype === 'cgroup' && superOptions.includes('pids'),
  );
  const own = mounts.findLast(
    ({ fstype, mountPoint }) =>
      fstype.startsWith('cgroup') && `${group}/`.startsWith(`${mountPoint}/`),
  );
  if (pids === undefined || own === undefined) return group;
  return join(pids.mountPoint, relative(own.mountPoint, group));
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
