// Whether a cgroup has processes of another PID namespace, whose PIDs are not visible here.
import { join, relative } from 'node:path';
import { processesIn } from '../../harness/observe/cgroups.ts';
import { textIfThere } from '../../harness/observe/if-there.ts';
import { cgroupMounts } from '../../harness/observe/mounts.ts';

/**
 * For a cgroup without visible processes. v2 prints 0 for each of the others; v1 leaves them out,
 * and only the cgroup's number of tasks, in the hierarchy of `pids`, counts them.
 */
export function holdsUnseen(group: string): boolean {
  const shown = processesIn(group);
  if (shown.some((pid) => pid !== 0)) return false;
  return shown.length > 0 || Number(textIfThere(join(countedIn(group), 'pids.current'))) > 0;
}

/** The same cgroup where v1 counts tasks: v1's hierarchies have the same paths. */
function countedIn(group: string): string {
  const mounts = cgroupMounts();
  const pids = mounts.findLast(
    ({ type, superOptions }) => type === 'cgroup' && superOptions.includes('pids'),
  );
  const own = mounts.findLast(({ point }) => `${group}/`.startsWith(`${point}/`));
  if (pids === undefined || own === undefined) return group;
  return join(pids.point, relative(own.point, group));
}
