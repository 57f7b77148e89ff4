// What the doctor looks at beyond the facts that planning needs. Read-only: nothing is created,
// loaded or sent to find out.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  statfsSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pathOf } from '../base/bytes.ts';
import { textIfReadable as text } from './files.ts';

/** `unknown`: nothing on the disk tells; the first use will. */
export type FeatureState = 'built-in' | 'loaded' | 'loadable' | 'absent' | 'unknown';

export interface Observations {
  readonly veth: FeatureState;
  readonly overlay: FeatureState;
  /** Security modules in the kernel's order, empty when the list cannot be read. */
  readonly securityModules: readonly string[];
  /** Sysctls by name, undefined when the kernel has none of that name. */
  readonly maxUserNamespaces: number | undefined;
  readonly unprivilegedUserns: boolean | undefined;
  readonly apparmorRestrictsUserns: boolean | undefined;
  readonly kernelLogReadable: boolean;
  readonly kvm: boolean;
  readonly stateDirectory: {
    readonly path: string;
    readonly writable: boolean;
    readonly freeBytes: number;
    readonly freeInodes: number;
  };
}

/**
 * Looks at the host. `release` is uname's, `stateRoot` the directory that containers keep their
 * state in (it need not exist yet: the nearest directory above it is what would hold it).
 */
export function observeHost(release: string, stateRoot = '/run/terrarium'): Observations {
  const config = kernelConfig(release);
  const filesystems = text('/proc/filesystems') ?? '';
  return {
    veth: moduleState('veth', release, config.get('CONFIG_VETH')),
    overlay: /\boverlay\b/.test(filesystems)
      ? 'loaded'
      : moduleState('overlay', release, config.get('CONFIG_OVERLAY_FS')),
    securityModules: (text('/sys/kernel/security/lsm') ?? '').trim().split(',').filter(Boolean),
    maxUserNamespaces: sysctl('user/max_user_namespaces'),
    unprivilegedUserns: truth(sysctl('kernel/unprivileged_userns_clone')),
    apparmorRestrictsUserns: truth(sysctl('kernel/apparmor_restrict_unprivileged_userns')),
    kernelLogReadable: kernelLogReadable(),
    kvm: may('/dev/kvm', constants.R_OK | constants.W_OK),
    stateDirectory: stateDirectory(stateRoot),
  };
}

function moduleState(name: string, release: string, option: string | undefined): FeatureState {
  if (option === 'y') return 'built-in';
  // A built-in module without parameters has no directory here, so absence says nothing.
  if (existsSync(`/sys/module/${name}`)) return 'loaded';
  const modules = `/lib/modules/${release}`;
  if ((text(`${modules}/modules.builtin`) ?? '').includes(`/${name}.ko`)) return 'built-in';
  if ((text(`${modules}/modules.dep`) ?? '').includes(`/${name}.ko`)) return 'loadable';
  // Neither a configuration nor the module's list: nothing was found out.
  return option === undefined && !existsSync(pathOf(modules)) ? 'unknown' : 'absent';
}

/**
 * `CONFIG_X` → `y` or `m`, from the running kernel's own copy or /boot; empty when there is
 * neither.
 */
export function kernelConfig(release: string): ReadonlyMap<string, string> {
  const source = compressed('/proc/config.gz') ?? text(`/boot/config-${release}`) ?? '';
  return parseKernelConfig(source);
}

/** Parses a kernel's .config: what is not set is left out. Pure. */
export function parseKernelConfig(source: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [, name, value] of source.matchAll(/^(CONFIG_\w+)=(.*)$/gm)) {
    if (name !== undefined && value !== undefined) options.set(name, value);
  }
  return options;
}

function stateDirectory(path: string): Observations['stateDirectory'] {
  let existing = path;
  while (!existsSync(pathOf(existing)) && dirname(existing) !== existing)
    existing = dirname(existing);
  const { bavail, bsize, files, ffree } = statfsSync(pathOf(existing));
  // File systems without an inode table (btrfs) say 0 of 0.
  return {
    path,
    writable: may(existing, constants.W_OK),
    freeBytes: bavail * bsize,
    freeInodes: files === 0 ? Number.POSITIVE_INFINITY : ffree,
  };
}

function kernelLogReadable(): boolean {
  try {
    // Opening is what the kernel refuses (kernel.dmesg_restrict); reading would only cost time.
    closeSync(openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(pathOf(path), mode);
    return true;
  } catch {
    return false;
  }
}

function sysctl(name: string): number | undefined {
  const value = text(`/proc/sys/${name}`);
  return value === undefined ? undefined : Number.parseInt(value, 10);
}

function truth(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== 0;
}

function compressed(path: string): string | undefined {
  try {
    return gunzipSync(readFileSync(pathOf(path))).toString('latin1');
  } catch {
    return undefined;
  }
}
