// What this host offers, as plain data: everything that planning may depend on, read once by
// `readHostFacts()`; its disks when an option names one.

export type NamespaceType =
  | 'mount'
  | 'pid'
  | 'network'
  | 'uts'
  | 'ipc'
  | 'cgroup'
  | 'user'
  | 'time';

/**
 * Resource controllers by the names of the v1 hierarchies; on v2 `cpuacct` is part of `cpu`, and
 * `devices` is eBPF.
 */
export type Controller =
  | 'memory'
  | 'cpu'
  | 'cpuacct'
  | 'cpuset'
  | 'pids'
  | 'devices'
  | 'freezer'
  | 'blkio';

/**
 * Where cgroups are mounted. `root` is the directory under which new groups are made.
 * hybrid: v1 controllers, and a v2 tree (`unified`) that carries none of them.
 */
export type CgroupLayout =
  | {
      readonly mode: 'v1' | 'hybrid';
      /**
       * Mount point of each v1 hierarchy, e.g. `{ memory: '/sys/fs/cgroup/memory', cpu:
       * '/sys/fs/cgroup/cpu,cpuacct' }`.
       */
      readonly hierarchies: Partial<Record<Controller, string>>;
      readonly unified?: string;
      /** Whether `memory.memsw.*` files exist, so that swap can be limited. */
      readonly swapAccounting: boolean;
    }
  | {
      readonly mode: 'v2';
      readonly root: string;
      /**
       * What the root offers (`cgroup.controllers`), and what it already passes to its children
       * (`cgroup.subtree_control`).
       */
      readonly controllers: readonly string[];
      readonly enabled: readonly string[];
      /** Whether groups below have `memory.swap.max`. */
      readonly swapAccounting: boolean;
      /** The kernel takes programs that decide about devices; absent where it has no bpf(2). */
      readonly devicePrograms?: true;
      /** Where systemd wants new groups; absent on a machine without it: below `root`. */
      readonly placement?: Placement;
      /** systemd is there, and why it was of no use. */
      readonly unmanaged?: string;
    }
  | { readonly mode: 'none'; readonly reason: string };

/**
 * systemd owns the cgroup tree, but what it has delegated (systemd's
 * CGROUP_DELEGATION.md). Directories are absolute, below the root of the mount.
 */
export type Placement =
  | {
      /** In this unit's own group: it has Delegate=yes. */
      readonly kind: 'unit';
      readonly unit: string;
      readonly group: string;
      /** Where this process moves first: no process may be beside groups with controllers. */
      readonly leaf?: string;
    }
  | {
      /** In a scope that systemd is asked for: a unit with Delegate=yes, below our own slice. */
      readonly kind: 'scope';
      readonly slice: string;
      /** Of the slice. */
      readonly directory: string;
      /** The scope of all containers of this process that do not outlive it. */
      readonly name: string;
      /** The service that we are in: its own limits do not bound a scope. */
      readonly service?: string;
      /** A unit with Delegate=yes that cannot be used: other processes are in its group. */
      readonly occupied?: string;
    };

export interface Disk {
  readonly major: number;
  readonly minor: number;
  /** `/dev/sda` of its partition `/dev/sda1`: the kernel limits whole disks only. */
  readonly partitionOf?: string;
}

/** Looked at each time: most containers ask for none. */
export interface Disks {
  /** By the path of its device file; undefined when that is none of a disk. */
  find(path: string): Disk | undefined;
  /** What shares the time of some disk among cgroups by weight; undefined where nothing does. */
  sharedBy(): 'bfq' | 'iocost' | undefined;
}

/** Whether this kernel is older than Linux `major`.`minor`. */
export function isBefore(
  kernel: Pick<HostFacts['kernel'], 'major' | 'minor'>,
  major: number,
  minor: number,
): boolean {
  return kernel.major < major || (kernel.major === major && kernel.minor < minor);
}

/**
 * `mount_namespace`: OPEN_TREE_NAMESPACE of open_tree(2), Linux 7.0. `clone_autokill`:
 * CLONE_AUTOREAP, CLONE_NNP and CLONE_PIDFD_AUTOKILL of clone3(2), Linux 7.1.
 */
export type KernelFeature = 'mount_namespace' | 'clone_autokill';

export interface HostFacts {
  readonly kernel: { readonly release: string; readonly major: number; readonly minor: number };
  readonly arch: 'x64' | 'arm64';
  readonly hostname: string;
  readonly euid: number;
  /**
   * Effective capabilities as a bit mask, bit n for capability n (capabilities(7)), and the highest
   * one known.
   */
  readonly capabilities: bigint;
  readonly lastCapability: number;
  readonly memoryTotalBytes: number;
  readonly swapTotalBytes: number;
  readonly pageSizeBytes: number;
  /** Number of online processors, and their list as the kernel writes it: `0-3,6`. */
  readonly cpus: number;
  readonly cpuList: string;
  /**
   * Memory nodes this process may use, as the kernel writes them: a v1 cpuset must name some before
   * anyone can join it.
   */
  readonly memoryNodes: string;
  readonly namespaces: readonly NamespaceType[];
  /** Inode of the network namespace that links are made in (namespaces(7)); 0 without /proc. */
  readonly networkNamespace: number;
  readonly seccompFilter: boolean;
  /** Features of newer kernels, probed; undefined if not probed. */
  readonly features?: readonly KernelFeature[];
  readonly cgroup: CgroupLayout;
  /** Left out of examples. */
  readonly disks?: Disks;
}
