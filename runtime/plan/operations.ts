// The plan: ordered operations in phases, plain data, each named after what the kernel is asked.
// Nothing is decided later.
import type { ContainerCgroups } from '../cgroups/directories.ts';
import type { Rlimit } from '../config/config.ts';
import type { Controller } from '../host/facts.ts';

/** How to take back what an operation made, from this data alone, any number of times. */
export type Undo =
  /** Removes a claim's file if this container holds it. */
  | { readonly kind: 'unclaim'; readonly path: string; readonly holder: string }
  /** A cgroup: kill what is in it, then remove it and the groups below. */
  | { readonly kind: 'rmcgroup'; readonly path: string; readonly killFile?: string }
  | { readonly kind: 'rmlink'; readonly name: string }
  /** A scope, which goes by itself with its last process; `path` is its group. */
  | { readonly kind: 'stopunit'; readonly name: string; readonly path: string };

/** Before the spawn or beside it, in the runtime: claims in TypeScript, cgroups by the addon. */
export type HostOp =
  /**
   * Exclusive creation of a file that stands for something only one container may have (an
   * address).
   */
  | {
      readonly kind: 'claim';
      readonly path: string;
      readonly what: string;
      readonly holder: string;
      readonly undo: Undo;
    }
  /**
   * StartTransientUnit (org.freedesktop.systemd1(5)): a scope with Delegate=yes that a keeper
   * holds, in a leaf of it; the others pass `enable` on. Without `undo` it is this process's, made
   * once, and ends with it.
   */
  | {
      readonly kind: 'scope';
      readonly name: string;
      readonly slice: string;
      readonly path: string;
      readonly leaf: string;
      readonly enable: readonly string[];
      /** Its shares beside other scopes of its slice, those of its first container: `CPUWeight`. */
      readonly weights: Readonly<Record<string, number>>;
      readonly undo?: Undo;
    }
  /** Moves this process, once, into a leaf of its unit's group, which then passes `enable` on. */
  | {
      readonly kind: 'leaf';
      readonly group: string;
      readonly leaf: string;
      readonly enable: readonly string[];
    }
  /** A file of the state directory, to mount inside; it goes with the container's state. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'mkcgroup';
      readonly controller: Controller | 'unified';
      readonly path: string;
      readonly undo: Undo;
    }
  /**
   * Writes a cgroup file. With `readBack` the kernel must then say so in a line of it, else
   * the start is refused.
   */
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly value: string;
      readonly readBack?: string;
    }
  /**
   * v2: loads the program (struct bpf_insn[]) and attaches it to the group, which keeps it. `rules`
   * says it in the v1 controller's words.
   */
  | {
      readonly kind: 'bpf_devices';
      readonly path: string;
      readonly rules: readonly string[];
      readonly program: Uint8Array;
    };

export type CloneFlag =
  | 'newns'
  | 'newpid'
  | 'newnet'
  | 'newuts'
  | 'newipc'
  | 'newcgroup'
  | 'newuser'
  | 'newtime';

/**
 * CLONE_NNP: no_new_privs from the first instruction. CLONE_AUTOREAP, CLONE_PIDFD_AUTOKILL: the
 * kernel kills the process at the last close of its pidfd, for example when the runtime dies, and
 * reaps it. The process cannot prevent that.
 */
export type LifeFlag = (typeof LIFE_FLAGS)[number];
const LIFE_FLAGS = ['nnp', 'autoreap', 'pidfd_autokill'] as const;

/** The namespaces that clone3(2) makes. */
export function namespaceFlags({ flags }: Pick<SpawnOp, 'flags'>): CloneFlag[] {
  const isLife = (flag: CloneFlag | LifeFlag): flag is LifeFlag =>
    LIFE_FLAGS.some((life) => life === flag);
  return flags.filter((flag): flag is CloneFlag => !isLife(flag));
}

/** The one clone3(2). */
export interface SpawnOp {
  readonly kind: 'clone3';
  readonly flags: readonly (CloneFlag | LifeFlag)[];
  /** v2 directory for CLONE_INTO_CGROUP. */
  readonly cgroup?: string;
  /** The same of a detached container's watcher; without it that is in our own group. */
  readonly watcherCgroup?: string;
  /** PID namespace to spawn into, instead of a new one. */
  readonly joinPid?: string;
}

/** While the child waits, in TypeScript. */
export interface VethOp {
  readonly kind: 'veth';
  readonly name: string;
  readonly hostIndex: number;
  readonly hostAddress: string;
  readonly peer: string;
  readonly peerIndex: number;
  readonly peerAddress: string;
  readonly prefix: number;
  readonly undo: Undo;
}
export type LinkOp = VethOp;

export type MountAttribute =
  | 'rdonly'
  | 'nosuid'
  | 'nodev'
  | 'noexec'
  | 'noatime'
  | 'nodiratime'
  | 'strictatime'
  | 'nosymfollow';

/**
 * A path inside the new root: resolved with openat2(RESOLVE_IN_ROOT); `nofollow` refuses every
 * symbolic link on the way.
 */
export interface Target {
  readonly path: string;
  readonly nofollow?: boolean;
  /**
   * What to make when nothing is there; `like-source`: a directory or file as the source of the
   * bind is one.
   */
  readonly create?: 'directory' | 'file' | 'like-source';
  /** Nothing to do when nothing is there. */
  readonly optional?: boolean;
}

/** In the init, in the new namespaces. */
export type InsideOp =
  | { readonly kind: 'join_cgroup'; readonly tasks: string }
  | { readonly kind: 'setns'; readonly types: readonly CloneFlag[]; readonly path: string }
  /**
   * Joins namespaces of the process behind the descriptor that was handed over at the spawn (its
   * pidfd).
   */
  | { readonly kind: 'setns_process'; readonly types: readonly CloneFlag[] }
  /**
   * Waits until the runtime says go: after the host phase (v1, where it runs beside this one), the
   * link phase, or for `start`.
   */
  | { readonly kind: 'await'; readonly what: 'host' | 'link' | 'start' }
  | { readonly kind: 'unshare'; readonly flags: readonly CloneFlag[] }
  | { readonly kind: 'setsid' }
  | { readonly kind: 'propagation'; readonly to: 'private' | 'slave' }
  /**
   * The root file system: a recursive copy of the mounts at `source`, attached over it; what
   * follows resolves inside.
   */
  | {
      readonly kind: 'root';
      readonly source: string;
      readonly attributes: readonly MountAttribute[];
      /** Attached nowhere, and private: `mount_namespace` follows. */
      readonly detached?: true;
    }
  | {
      readonly kind: 'mount';
      readonly fstype: string;
      readonly target: Target;
      readonly attributes: readonly MountAttribute[];
      readonly options: readonly string[];
    }
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly target: Target;
      readonly recursive: boolean;
      readonly attributes: readonly MountAttribute[];
    }
  | { readonly kind: 'mkdir'; readonly target: Target; readonly mode: number }
  | {
      readonly kind: 'mknod';
      readonly target: Target;
      readonly type: 'c' | 'b';
      readonly major: number;
      readonly minor: number;
      readonly mode: number;
    }
  | { readonly kind: 'symlink'; readonly target: Target; readonly to: string }
  | { readonly kind: 'mask'; readonly target: Target }
  | { readonly kind: 'readonly'; readonly target: Target }
  /**
   * A terminal on the container's own devpts: the master goes to the runtime, the slave becomes fds
   * 0 to 2 and, with `console`, /dev/console.
   */
  | {
      readonly kind: 'pty';
      readonly columns: number;
      readonly rows: number;
      readonly uid: number;
      readonly console: boolean;
    }
  | { readonly kind: 'pivot_root' }
  /**
   * In place of clone3's `newns`, `propagation` and `pivot_root`: a mount namespace with nothing
   * but the detached root, however many mounts the host has. open_tree(2) with OPEN_TREE_NAMESPACE,
   * setns(2).
   */
  | { readonly kind: 'mount_namespace' }
  | { readonly kind: 'sethostname'; readonly name: string }
  /**
   * One rtnetlink message, ready to send, in the container's network namespace. `text` says it in
   * ip(8)'s words.
   */
  | { readonly kind: 'netlink'; readonly text: string; readonly message: Uint8Array }
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string }
  | { readonly kind: 'bounding'; readonly keep: bigint; readonly last: number }
  | {
      readonly kind: 'user';
      readonly uid: number;
      readonly gid: number;
      readonly groups: readonly number[];
      readonly umask: number;
    }
  /**
   * OCI `process.rlimits[]`. Without `hard` that stays as it is, and the soft one is at most it.
   */
  | ({ readonly kind: 'rlimit' } & Rlimit)
  | {
      readonly kind: 'capset';
      readonly effective: bigint;
      readonly permitted: bigint;
      readonly inheritable: bigint;
    }
  | { readonly kind: 'no_new_privs' }
  /**
   * The profile is compiled before the spawn; with these capabilities some more calls are allowed
   * (docker's conditions).
   */
  | {
      readonly kind: 'seccomp';
      readonly profile: 'default';
      readonly capabilities: readonly string[];
    }
  | { readonly kind: 'pdeathsig' }
  | { readonly kind: 'chdir'; readonly path: string };

/** The last one: tries each candidate until one is there (execvp(3)), with only fds 0 to 2 open. */
export interface ExecOp {
  readonly kind: 'execve';
  readonly candidates: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Our init stays as PID 1, reaps, forwards signals. */
  readonly stayAsInit: boolean;
}

export type Operation = HostOp | SpawnOp | LinkOp | InsideOp | ExecOp;
export type Phase = 'host' | 'spawn' | 'link' | 'inside' | 'exec';

export interface Plan {
  /** Of its shape as JSON; in version 1 `spawn` is called `birth`. */
  readonly version: 2;
  readonly id: string;
  readonly cgroups: ContainerCgroups;
  readonly host: readonly HostOp[];
  readonly spawn: SpawnOp;
  readonly link: readonly LinkOp[];
  readonly inside: readonly InsideOp[];
  readonly exec: ExecOp;
}

/**
 * What performing one operation took: CLOCK_MONOTONIC nanoseconds and the errno (0 when it
 * succeeded).
 */
export interface TraceEntry {
  readonly index: number;
  readonly phase: Phase;
  readonly kind: Operation['kind'];
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly errno: number;
}

export type Trace = readonly TraceEntry[];
