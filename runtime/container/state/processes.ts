// The processes of a container, by the numbers of both sides: proc(5).
import { namesIn, textIfReadable } from '../../host/files.ts';
import { parseFields } from '../../host/procfs.ts';

export interface ContainerProcess {
  /** Its number inside, and on the host. */
  readonly pid: number;
  readonly hostPid: number;
  readonly uid: number;
  /** One letter, as in ps(1): R, S, D, Z, T … */
  readonly state: string;
  /** Resident set. */
  readonly memoryBytes: number;
  readonly command: string;
}

/**
 * `hostPids`: those that run; what has ended and was not waited for is found by its parent. One
 * that ends in the meantime is left out. `firstPid` only decides the order: it comes first.
 */
export function processesOf(hostPids: readonly number[], firstPid: number): ContainerProcess[] {
  const found = [...new Set([...hostPids, ...zombiesOf(new Set(hostPids))])].flatMap(
    (pid) => describe(pid) ?? [],
  );
  return found.sort(
    (a, b) => Number(b.hostPid === firstPid) - Number(a.hostPid === firstPid) || a.pid - b.pid,
  );
}

function describe(hostPid: number): ContainerProcess | undefined {
  const text = textIfReadable(`/proc/${hostPid}/status`);
  const words = textIfReadable(`/proc/${hostPid}/cmdline`);
  if (text === undefined || words === undefined) return undefined;
  const status = parseFields(text);
  return {
    pid: Number(status.get('NSpid')?.split(/\s+/).at(-1) ?? hostPid),
    hostPid,
    uid: Number(status.get('Uid')?.split(/\s+/)[1] ?? 0),
    state: status.get('State')?.charAt(0) ?? '?',
    memoryBytes: Number.parseInt(status.get('VmRSS') ?? '0', 10) * 1024,
    command: words.replace(/\0+$/, '').replaceAll('\0', ' ') || `[${status.get('Name') ?? ''}]`,
  };
}

/**
 * Cgroups do not list them: css_task_iter_advance skips dead leaders
 * (kernel/cgroup/cgroup.c).
 */
function zombiesOf(parents: ReadonlySet<number>): number[] {
  return namesIn('/proc').flatMap((name) => {
    const pid = Number(name);
    const [state, parent] = Number.isInteger(pid) ? stateOf(pid) : [];
    return state === 'Z' && parents.has(Number(parent)) ? [pid] : [];
  });
}

/** State and parent of proc_pid_stat(5), behind the name, which may hold anything. */
function stateOf(pid: number): string[] {
  const stat = textIfReadable(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2);
}
