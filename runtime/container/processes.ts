// The processes of a container, by the numbers of both sides: proc(5).
import { readText } from '../host/files.ts';
import { parseFields } from '../host/procfs.ts';

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

/** One that ends meanwhile is left out. `firstPid` only decides the order: it comes first. */
export function processesOf(hostPids: readonly number[], firstPid: number): ContainerProcess[] {
  const found = hostPids.flatMap((pid) => describe(pid) ?? []);
  return found.sort(
    (a, b) => Number(b.hostPid === firstPid) - Number(a.hostPid === firstPid) || a.pid - b.pid,
  );
}

function describe(hostPid: number): ContainerProcess | undefined {
  try {
    const status = parseFields(readText(`/proc/${hostPid}/status`));
    const words = readText(`/proc/${hostPid}/cmdline`).replace(/\0+$/, '').replaceAll('\0', ' ');
    return {
      pid: Number(status.get('NSpid')?.split(/\s+/).at(-1) ?? hostPid),
      hostPid,
      uid: Number(status.get('Uid')?.split(/\s+/)[1] ?? 0),
      state: status.get('State')?.charAt(0) ?? '?',
      memoryBytes: Number.parseInt(status.get('VmRSS') ?? '0', 10) * 1024,
      command: words || `[${status.get('Name') ?? ''}]`,
    };
  } catch {
    return undefined;
  }
}
