// The objects of one container on the host: read from the kernel's files while it runs, and
// searched after its exit.
import { dirname } from 'node:path';
import { groupsBelow, groupsOf, processesIn } from './cgroups.ts';
import { identityOf, type Process, sameAsBefore, startOf } from './identity.ts';
import { linkNamesOf, linksOf } from './links.ts';
import { type MountEntry, mountsOf } from './mounts.ts';
import type { Probes } from './probes.ts';
import { allPids, eventually, type Host, isIn } from './process.ts';

/** A thing on the host, its kind first: `cgroup /sys/fs/cgroup/web`. */
export type Trace = string;

export interface FootprintOptions {
  /** The runtime process of the container, if it has one. */
  readonly runtime?: number;
  /** The harness's programs. */
  readonly probes: Probes;
  /** Host path of the container's root file system. */
  readonly rootfs: string;
  /** The host's mounts before the container was started. */
  readonly mountsBefore: readonly MountEntry[];
  /** Further objects of it, by kind: `{ state: ['web.json'] }`. */
  readonly keeps?: () => Readonly<Record<string, readonly string[]>>;
}

export class Footprint {
  readonly #processes: readonly Process[];
  readonly #namespaces: readonly string[];
  readonly #groups: readonly string[];
  readonly #links: readonly string[];
  /** Devices of its file systems that the host did not have. */
  readonly #devices: ReadonlySet<string>;
  /**
   * The processes in its namespaces. One that enters a namespace of the same number later is
   * unrelated: the kernel reuses the numbers.
   */
  readonly #holders: readonly Process[];
  readonly #options: FootprintOptions;

  /** `host`: of a running container. */
  static async of(host: Host, options: FootprintOptions): Promise<Footprint> {
    const links = await linksOf(process.pid, host.pid, options.probes.path('link-list'));
    return new Footprint(
      host,
      links.filter(({ otherIn }) => otherIn === 'other').map(({ name }) => name),
      options,
    );
  }

  private constructor(host: Host, links: readonly string[], options: FootprintOptions) {
    const { runtime, mountsBefore } = options;
    const inside = host.processes();
    this.#processes = [...inside, ...(runtime === undefined ? [] : [runtime])]
      .map(processOf)
      .filter(sameAsBefore);
    this.#namespaces = ownNamespaces(host.pid);
    this.#groups = groupsOfAll(this.#processes.map(({ pid }) => pid));
    this.#links = links;
    const before = new Set(mountsBefore.map(({ device }) => device));
    const devices = mountsOf(host.pid).map(({ device }) => device);
    this.#devices = new Set(devices.filter((device) => !before.has(device)));
    this.#holders = allPids()
      .map(processOf)
      .filter((each) => this.#namespaces.some((own) => isIn(each.pid, own)) && sameAsBefore(each));
    this.#options = options;
  }

  /** Its objects that exist now. */
  traces(): Trace[] {
    const traces = [
      ...this.#processes.filter(sameAsBefore).map(({ pid }) => `process ${pid}`),
      ...this.#heldNamespaces().map((namespace) => `namespace ${namespace}`),
      ...this.#mounts(),
      ...linkNamesOf(process.pid)
        .filter((name) => this.#links.includes(name))
        .map((name) => `link ${name}`),
      ...this.#groups.flatMap(groupsBelow).map((directory) => `cgroup ${directory}`),
      ...Object.entries(this.#options.keeps?.() ?? {}).flatMap(([kind, kept]) =>
        kept.map((thing) => `${kind} ${thing}`),
      ),
    ];
    return [...new Set(traces)];
  }

  /**
   * Waits until nothing is left except `allowed`: the kernel removes a network namespace shortly
   * after its last process. Returns the leftovers.
   */
  async inTheEnd(allowed: (trace: Trace) => boolean = () => false): Promise<Trace[]> {
    try {
      await eventually('nothing is left', () => this.traces().every(allowed));
    } catch {
      // The leftovers are the result.
    }
    return this.traces();
  }

  #heldNamespaces(): string[] {
    // Not a zombie that the host's init has not reaped yet.
    return this.#namespaces.filter((namespace) =>
      this.#holders.some((each) => isIn(each.pid, namespace) && sameAsBefore(each)),
    );
  }

  /** The host's mounts since the start: of its file systems, on its root, of its namespaces. */
  #mounts(): Trace[] {
    const { rootfs, mountsBefore } = this.#options;
    const before = new Set(mountsBefore.map(({ id }) => id));
    return mountsOf('self').flatMap(({ id, device, root, point, type }) => {
      if (before.has(id)) return [];
      if (this.#namespaces.includes(root)) return [`name ${point}`];
      const onItsRoot = point === rootfs || point.startsWith(`${rootfs}/`);
      return onItsRoot || this.#devices.has(device) ? [`mount ${type} on ${point}`] : [];
    });
  }
}

/** `3 cgroup, 1 link …`, or `nothing`. */
export function counted(traces: readonly Trace[]): string {
  const kinds = Object.entries(Object.groupBy(traces, kindOf));
  return kinds.map(([kind, found = []]) => `${found.length} ${kind}`).join(', ') || 'nothing';
}

export function kindOf(trace: Trace): string {
  return trace.slice(0, trace.indexOf(' '));
}

function processOf(pid: number): Process {
  return { pid, startTicks: startOf(pid) };
}

function ownNamespaces(pid: number): string[] {
  const host = Object.values(identityOf(process.pid).namespaces);
  return Object.values(identityOf(pid).namespaces).filter((own) => !host.includes(own));
}

/**
 * The cgroups that contain these processes and no others: none above the harness, none shared with
 * other programs.
 */
function groupsOfAll(pids: readonly number[]): string[] {
  const shared = groupsOf('self').map(({ directory }) => `${directory}/`);
  const isShared = (directory: string) =>
    shared.some((ours) => ours.startsWith(`${directory}/`)) ||
    !membersOf(directory).every((pid) => pids.includes(pid));
  const found = new Set<string>();
  for (const { directory, root } of pids.flatMap(groupsOf))
    for (let at = directory; at !== root && !isShared(at); at = dirname(at)) found.add(at);
  return [...found];
}

/** Processes of the cgroup and all below it. */
function membersOf(directory: string): number[] {
  return groupsBelow(directory).flatMap(processesIn);
}
