// What a container shall be, in the vocabulary of the OCI runtime specification. Plain data: no
// defaults left open.
import type { NamespaceType } from '../host/facts.ts';
import type { Limits } from '../options/limits.ts';

export type { NamespaceType } from '../host/facts.ts';

/** OCI `linux.namespaces[]`: without a path a new namespace, with one the namespace to join. */
export interface Namespace {
  readonly type: NamespaceType;
  readonly path?: string;
}

/** OCI `mounts[]`. `bind` mounts take a host directory or file; the others a new file system. */
export interface Mount {
  readonly destination: string;
  readonly type: 'bind' | 'proc' | 'sysfs' | 'tmpfs' | 'devpts' | 'mqueue' | 'cgroup2';
  /** Host path, absolute, of a `bind`. */
  readonly source?: string;
  /**
   * mount(8) names: `ro`, `nosuid`, `nodev`, `noexec`, `relatime` … and file-system options such as
   * `size=64m`.
   */
  readonly options: readonly string[];
}

/** OCI `linux.resources`. */
export interface Resources extends Limits {
  readonly devices: readonly DeviceRule[];
}

/** OCI `linux.resources.devices[]`; `undefined` numbers mean any (`*`). */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type: 'a' | 'c' | 'b';
  readonly major?: number;
  readonly minor?: number;
  /** Any of r, w, m. */
  readonly access: string;
}

/** A device node of the container's `/dev`. */
export interface Device {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
}

/** OCI `process.user`. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** getrlimit(2). */
export type RlimitType = `RLIMIT_${
  | 'CPU'
  | 'FSIZE'
  | 'DATA'
  | 'STACK'
  | 'CORE'
  | 'RSS'
  | 'NPROC'
  | 'NOFILE'
  | 'MEMLOCK'
  | 'AS'
  | 'LOCKS'
  | 'SIGPENDING'
  | 'MSGQUEUE'
  | 'NICE'
  | 'RTPRIO'
  | 'RTTIME'}`;

/**
 * OCI `process.rlimits[]`. Without `hard` the runtime's own hard limit stays, and bounds the soft
 * one.
 */
export interface Rlimit {
  readonly type: RlimitType;
  readonly soft: number;
  readonly hard?: number;
}

/** OCI `process`. */
export interface Process {
  readonly args: readonly string[];
  readonly cwd: string;
  /** `KEY=value`, each key once. */
  readonly env: readonly string[];
  readonly user: User;
  readonly terminal: boolean;
  /**
   * Names as in capabilities(7): `CAP_CHOWN`. Bounding, permitted and effective sets alike;
   * inheritable and ambient stay empty.
   */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly umask?: number;
  readonly rlimits: readonly Rlimit[];
}

export type NetworkMode =
  | {
      readonly mode: 'veth';
      /** Container's end in dotted decimal, inside its /30. */
      readonly address?: string;
    }
  | { readonly mode: 'none' }
  | { readonly mode: 'host' }
  | { readonly mode: 'join'; readonly path: string };

export type SeccompProfile = 'default' | 'unconfined';

export interface Config {
  readonly id: string;
  readonly hostname: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly process: Process;
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  /** The namespaces to create or join; a type that is absent is shared with the runtime. */
  readonly namespaces: readonly Namespace[];
  readonly network: NetworkMode;
  readonly resources: Resources;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SeccompProfile;
  /** Our own init stays as PID 1, reaps and forwards signals (docker's `--init`). */
  readonly init: boolean;
  /** Lives on without the runtime. */
  readonly detach: boolean;
  /** Bytes in a detached container's log before the next file is begun; 0 for no limit. */
  readonly logMaxBytes: number;
}
