// What a caller may ask for, in the words of the command line. `configFrom` turns it into a Config.
import type { TextOrBytes } from '../base/bytes.ts';

/**
 * Join the namespace at a path (`ns:/run/netns/blue`), or share the host's. Left out: a new one.
 */
export type NamespaceOption = 'host' | `ns:${string}`;

/** A host directory or file to show inside. */
export interface Volume {
  /** Absolute path on the host. */
  readonly source: TextOrBytes;
  /** Absolute path inside. */
  readonly destination: TextOrBytes;
  readonly readonly?: boolean | undefined;
}

/**
 * A directory or file of the host, or an empty file system in memory: what docker's `--mount` says.
 */
export interface MountOption {
  readonly type: 'bind' | 'tmpfs';
  /** Absolute path on the host, of a `bind`. */
  readonly source?: TextOrBytes | undefined;
  /** Absolute path inside. */
  readonly destination: TextOrBytes;
  readonly readonly?: boolean | undefined;
  /** Of a `bind`: with what is mounted below the source. Default: true. */
  readonly recursive?: boolean | undefined;
  /**
   * Of a `tmpfs`: bytes, a size such as `64m`, or a percentage of memory. Default: half of the
   * memory.
   */
  readonly size?: string | number | undefined;
  /** Of a `tmpfs`: octal digits. Default: 1777. */
  readonly mode?: string | undefined;
}

export interface RunOptions {
  /** Absolute path of the directory that becomes `/` inside. */
  readonly rootfs: TextOrBytes;
  /**
   * 1 to 64 letters, digits, hyphens, underscores and dots; shown by `hostname` and in the prompt.
   */
  readonly hostname: string;
  /**
   * The program and its arguments. Default: `/bin/sh`. A name without a slash is looked up in the
   * container's PATH.
   */
  readonly command?: readonly TextOrBytes[] | undefined;
  /**
   * Name of the container, unique on this host: a letter or digit, then up to 63 letters, digits,
   * `_`, `.`, `-`. Default: made up.
   */
  readonly id?: string | undefined;
  /** Memory limit: bytes, or a size such as `256m` or `1.5g`. Default: none. */
  readonly memory?: string | number | undefined;
  /**
   * Memory and swap together, as `memory`, or -1 for unlimited swap. Default: the memory limit, so
   * no swap.
   */
  readonly memorySwap?: string | number | undefined;
  /**
   * Processors' worth of time, from 0.01 to the host's number of processors: 0.5 is half of one.
   * Default: no limit.
   */
  readonly cpus?: string | number | undefined;
  /**
   * Weight against others when the processors are busy, 2 to 262144. Default: the kernel's 1024.
   */
  readonly cpuShares?: string | number | undefined;
  /** The processors it may run on: `0-3,6`. Default: all. */
  readonly cpusetCpus?: string | undefined;
  /** Processes and threads at most; -1 or 0 for no limit, which is the default. */
  readonly pidsLimit?: string | number | undefined;
  /**
   * `veth` (default): its own network and a link to the host's; `none`: only a loopback; `host`:
   * the host's; `ns:PATH`: joins that namespace.
   */
  readonly network?: 'veth' | 'none' | 'host' | `ns:${string}` | undefined;
  /**
   * The container's address with network `veth`, in 198.18.0.0/15, `/30` optional. Default: a free
   * one.
   */
  readonly ip?: string | undefined;
  readonly pid?: NamespaceOption | undefined;
  /** With `host` the hostname has to be the host's own: setting another would rename the host. */
  readonly uts?: NamespaceOption | undefined;
  readonly ipc?: NamespaceOption | undefined;
  /** Join a mount namespace; the host's cannot be shared, for its root would be exchanged. */
  readonly mountNs?: `ns:${string}` | undefined;
  readonly cgroupNs?: NamespaceOption | undefined;
  /**
   * `SRC:DST[:ro,nosuid,…]`, or objects (for paths with colons). Not at or below /proc, /sys and
   * /dev.
   */
  readonly volumes?: readonly (TextOrBytes | Volume)[] | undefined;
  /**
   * `type=bind,src=…,dst=…[,ro]` or `type=tmpfs,dst=…[,tmpfs-size=…,tmpfs-mode=…]` as docker reads
   * it, or objects.
   */
  readonly mounts?: readonly (TextOrBytes | MountOption)[] | undefined;
  /**
   * Fresh tmpfs at `DST[:size=64m,mode=1777,…]`; nosuid, nodev, noexec unless `suid`, `dev`, `exec`
   * are among the options.
   */
  readonly tmpfs?: readonly TextOrBytes[] | undefined;
  /** Mounts the root file system read-only. */
  readonly readOnly?: boolean | undefined;
  /**
   * `{ KEY: 'value' }` or `['KEY=value']`; the later of two wins. Added to PATH, HOME, HOSTNAME,
   * container and, on a terminal, TERM and PS1.
   */
  readonly env?: Readonly<Record<string, TextOrBytes>> | readonly TextOrBytes[] | undefined;
  /** Absolute path inside to start in. Default: `/`. */
  readonly workdir?: TextOrBytes | undefined;
  /**
   * `UID`, `UID:GID`, `NAME` or `NAME:GROUP`; names are those of the root file system's /etc/passwd
   * and /etc/group. Default: root.
   */
  readonly user?: TextOrBytes | undefined;
  /** Capabilities beyond the usual 14: `NET_ADMIN`, `CAP_NET_ADMIN`, or `ALL`. */
  readonly capAdd?: readonly string[] | undefined;
  /** Capabilities to go without; `ALL` for none but the added ones. */
  readonly capDrop?: readonly string[] | undefined;
  /**
   * `seccomp=unconfined`, `no-new-privileges=false`, `systempaths=unconfined` (nothing of /proc and
   * /sys masked).
   */
  readonly securityOpt?: readonly string[] | undefined;
  /** Keep a small init as PID 1 that reaps zombies and forwards signals. */
  readonly init?: boolean | undefined;
  /** The container lives on when the caller is gone. Not together with `terminal`. */
  readonly detach?: boolean | undefined;
  /**
   * Bytes in a detached container's log (`16m`, the default) before it becomes the older one, which
   * it replaces: at most twice as much is kept. -1 or `unlimited` for no limit.
   */
  readonly logMaxSize?: string | number | undefined;
  /** A pseudo-terminal as standard input, output and error. */
  readonly terminal?: boolean | undefined;
}
