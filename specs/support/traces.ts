// What there is of one container on the host, found by its name, its processes and its namespaces
// in the kernel's files, kind by kind.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  allPids,
  eventually,
  type Host,
  type NamespaceFile,
  namespaceOf,
} from '../../harness/observe/process.ts';
import { patience } from '../../harness/patience.ts';

const STATE = '/run/terrarium';
const KINDS: readonly NamespaceFile[] = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];

/** A number alone may be another's by the time one looks again. */
interface Identified {
  readonly pid: number;
  /** Clock ticks since boot: proc(5), /proc/PID/stat, field 22. */
  readonly startTicks: number;
}

/** What was learnt of a container while it ran, and can be looked for when it does not any more. */
export interface Known {
  readonly name: string;
  /** `mnt:[4026532000]` of each kind that is its own. */
  readonly namespaces: readonly string[];
  readonly processes: readonly Identified[];
  /** The host's end of its pair; undefined without one. */
  readonly link: string | undefined;
  /** When this was learnt, in clock ticks since boot. */
  readonly atTicks: number;
}

/** `runtime`: the process that holds the container, if it has one. */
export function knownOf(host: Host, name: string, runtime?: number): Known {
  const own = KINDS.map((kind) => host.namespace(kind)).filter(
    (namespace, index) => namespace !== namespaceOf('self', KINDS[index] ?? 'mnt'),
  );
  return {
    name,
    namespaces: own,
    processes: [...host.processes(), ...(runtime === undefined ? [] : [runtime])].flatMap(
      identified,
    ),
    link: linkTo(host),
    atTicks: ticksNow(),
  };
}

/** Everything of it that is there now: kind and thing. */
export function tracesOf({ name, namespaces, processes, link, atTicks }: Known): string[] {
  // The kernel gives a namespace's number to another as soon as it is gone: a process that is
  // younger is somebody else's.
  const older = allPids()
    .flatMap(identified)
    .filter(({ startTicks }) => startTicks <= atTicks);
  const held = new Set(older.flatMap(({ pid }) => namespacesOf(pid)));
  return [
    ...cgroupRoots().flatMap((root) =>
      list(root).flatMap((entry) => (entry.includes(name) ? [`cgroup ${join(root, entry)}`] : [])),
    ),
    ...list('/sys/class/net').flatMap((entry) => (entry === link ? [`link ${entry}`] : [])),
    ...list(STATE).flatMap((entry) =>
      entry.includes(name) ? [`state ${join(STATE, entry)}`] : [],
    ),
    ...list(join(STATE, '.net')).flatMap((entry) =>
      linkText(join(STATE, '.net', entry)).includes(name) ? [`address ${entry}`] : [],
    ),
    ...processes.filter(isThere).map(({ pid }) => `process ${pid}`),
    ...namespaces
      .filter((namespace) => held.has(namespace))
      .map((namespace) => `namespace ${namespace}`),
    ...read('/proc/self/mountinfo')
      .split('\n')
      .filter((line) => line.includes(name))
      .map((line) => `mount ${line}`),
  ];
}

/** `3 cgroups, 1 link …`, or `nothing`. */
export function counted(traces: readonly string[]): string {
  const kinds = Object.entries(
    Object.groupBy(traces, (trace) => trace.slice(0, trace.indexOf(' '))),
  );
  return kinds.map(([kind, found = []]) => `${found.length} ${kind}`).join(', ') || 'nothing';
}

/**
 * Waits until nothing is left: the kernel takes down a network namespace a moment after its last
 * process. Answers what is left.
 */
export async function tracesInTheEnd(known: Known): Promise<string[]> {
  try {
    await eventually('nothing is left', () => tracesOf(known).length === 0, patience(5000));
  } catch {
    // What is left is the answer.
  }
  return tracesOf(known);
}

/**
 * The host's link with an address in the same /30 as the container's own: both ends of one pair.
 */
function linkTo(host: Host): string | undefined {
  // Each address twice: in the table of the subnet's, and in the local one.
  const own = /\|-- (198\.1[89]\.\d+\.\d+)\n +\/32 host LOCAL/.exec(
    read(`/proc/${host.pid}/net/fib_trie`),
  )?.[1];
  if (own === undefined) return undefined;
  const ends = Object.entries(networkInterfaces());
  return ends.find(([, addresses = []]) =>
    addresses.some(({ address }) => subnetOf(address) === subnetOf(own)),
  )?.[0];
}

/** Of an IPv4 address, the /30 it is in. */
function subnetOf(address: string): number {
  return Math.floor(
    address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0) / 4,
  );
}

/** Whether it is there still, as itself. */
export function isThere({ pid, startTicks }: Identified): boolean {
  return identified(pid).some((process) => process.startTicks === startTicks);
}

function identified(pid: number): Identified[] {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold blanks and parentheses of its own.
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return stat === '' ? [] : [{ pid, startTicks }];
}

/** USER_HZ is 100 wherever Linux runs. */
function ticksNow(): number {
  return Math.ceil(Number(read('/proc/uptime').split(' ')[0]) * 100);
}

function cgroupRoots(): string[] {
  return read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap((fields) =>
      /^cgroup2?$/.test(fields[fields.indexOf('-') + 1] ?? '') ? [fields[4] ?? ''] : [],
    );
}

function namespacesOf(pid: number): string[] {
  return KINDS.flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What a claim says: its holder. */
function linkText(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
