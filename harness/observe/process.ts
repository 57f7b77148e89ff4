// The host's view of a container, from the kernel's own files: never through the subject.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { patience } from '../base/patience.ts';
import { groupOf, sameOnBoth } from './cgroups.ts';
import { linkIfThere, textIfThere } from './if-there.ts';

export type NamespaceFile = 'net' | 'mnt' | 'pid' | 'uts' | 'ipc' | 'cgroup' | 'user' | 'time';

export class Host {
  /** The host's PID of the container's first process. */
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Whether that process still runs. */
  runs(): boolean {
    return /^[^ZX]/.test(statusIfThere(this.pid, 'State'));
  }

  /** `net:[4026532000]` */
  namespace(kind: NamespaceFile): string {
    return namespaceOf(this.pid, kind);
  }

  status(field: string): string {
    return statusOf(this.pid, field);
  }

  /**
   * Host PIDs of every process in the container's PID namespace, the first process first: after a
   * wrap of the PIDs it has not the lowest.
   */
  processes(): number[] {
    const own = this.namespace('pid');
    return [this.pid, ...allPids().filter((pid) => pid !== this.pid && isIn(pid, own))];
  }

  /** Program and state of each, without those that exit during the reading. */
  programs(): Program[] {
    return this.processes().flatMap((pid) => programOf(pid) ?? []);
  }

  /**
   * Waits until the processes beside the first one execute these command lines, in any order. After
   * fork(2) a process still has its parent's program, and during execve(2) no arguments.
   */
  async executes(...commands: readonly string[]): Promise<void> {
    const others = () => this.programs().filter(({ pid }) => pid !== this.pid);
    const wanted = commands.toSorted().join(', ');
    await eventually(`the programs are executed: ${wanted}`, () => {
      const found = others().map(({ command }) => command);
      return found.sort().join(', ') === wanted;
    });
  }

  /**
   * A file of the container's cgroup: the v1 name in a v1 hierarchy, else the v2 name. No limit is
   * `max`, as in v2. Undefined without both.
   */
  cgroup(v1: string, v2: string): string | undefined {
    const file = this.cgroupFile(v1, v2);
    return file === undefined ? undefined : sameOnBoth(readFileSync(file, 'utf8').trim());
  }

  cgroupFile(v1: string, v2: string): string | undefined {
    const controller = v1.slice(0, v1.indexOf('.'));
    const group = groupOf(this.pid, controller);
    if (group === undefined) return undefined;
    const file = `${group.directory}/${group.version === 1 ? v1 : v2}`;
    return existsSync(file) ? file : undefined;
  }

  /** Value of one line of a `key value` file of the cgroup. */
  cgroupValue(v1: string, v2: string, key: string): number | undefined {
    const lines = this.cgroup(v1, v2)?.split('\n');
    const line = lines?.find((candidate) => candidate.startsWith(`${key} `));
    return line === undefined ? undefined : Number(line.slice(key.length + 1));
  }
}

/** A process in /proc at one moment. */
export interface Program {
  readonly pid: number;
  /** Its arguments, with spaces between them. */
  readonly command: string;
  /** `S`: proc_pid_status(5). */
  readonly state: string;
}

function programOf(pid: number): Program | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return { pid, command, state: statusOf(pid, 'State').slice(0, 1) };
  } catch {
    return undefined;
  }
}

/** `net:[4026532000]` of any process, by its link in /proc. */
export function namespaceOf(pid: number | 'self', kind: NamespaceFile): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}

/** Whether a process is in this namespace, `net:[4026532000]`; false when it has ended. */
export function isIn(pid: number, namespace: string): boolean {
  return linkIfThere(`/proc/${pid}/ns/${namespace.slice(0, namespace.indexOf(':'))}`) === namespace;
}

/**
 * A line of proc_pid_status(5); empty without one of this name.
 *
 * @throws Error when the process has ended.
 */
export function statusOf(pid: number, field: string): string {
  return lineOf(readFileSync(`/proc/${pid}/status`, 'utf8'), field);
}

/** The same; empty when the process has ended. */
export function statusIfThere(pid: number, field: string): string {
  return lineOf(textIfThere(`/proc/${pid}/status`), field);
}

function lineOf(status: string, field: string): string {
  return new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '';
}

/**
 * Fields of proc_pid_stat(5) from the third on, read at one moment, by their numbers there;
 * undefined after the process has exited.
 */
export function statOf(pid: number): (field: number) => string | undefined {
  const text = textIfThere(`/proc/${pid}/stat`);
  // The name, in parentheses, may contain blanks and parentheses.
  const fields = text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (field) => fields[field - 3];
}

/** PIDs of a process, from this PID namespace to its innermost one; none: it exited. */
export function numbersOf(pid: number): number[] {
  return statusIfThere(pid, 'NSpid').split(/\s+/).filter(Boolean).map(Number);
}

export function allPids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/**
 * The process below `ancestor` that is the first of a PID namespace other than `ancestor`'s;
 * undefined without one.
 */
export function firstInside(ancestor: number): number | undefined {
  return firstsInside(ancestor)[0];
}

/** The first process of every such PID namespace. */
export function firstsInside(ancestor: number): number[] {
  return descendantsOf(ancestor).filter(isFirstInside);
}

/** Whether a process is the first of a PID namespace below this one. */
export function isFirstInside(pid: number): boolean {
  const numbers = numbersOf(pid);
  return numbers.length > 1 && numbers.at(-1) === 1;
}

/** The children of a process, theirs, and so on. */
export function descendantsOf(ancestor: number): number[] {
  const parents = new Map(allPids().map((pid) => [pid, Number(statusIfThere(pid, 'PPid'))]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/**
 * Whether a process's terminal has another process group in the foreground than its own:
 * proc_pid_stat(5), tpgid.
 */
export function hasForegroundJob(pid: number): boolean {
  const stat = statOf(pid);
  const [group, foreground] = [stat(5), stat(8)];
  return foreground !== group;
}

/**
 * Polls until `holds`, for work that the kernel does shortly later (it removes a namespace's links
 * at its clean-up).
 */
export async function eventually(
  what: string,
  holds: () => boolean,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = performance.now() + patience(timeoutMs);
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}
