// OCI bundles that ask runc and crun for the same container: namespaces, limits, mounts, masks,
// capabilities, seccomp.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CAPABILITIES,
  DEFAULT_DEVICE_RULES,
  DEFAULT_MASKED_PATHS,
  DEFAULT_PATH,
  DEFAULT_READONLY_PATHS,
  defaultMounts,
} from '../../runtime/config/defaults.ts';
import type { Surroundings } from '../lifecycle/target.ts';

/**
 * Limits that every target with control groups sets: 256 MiB without swap, one processor, 64
 * processes.
 */
const LIMITS = {
  memory: { limit: 268435456, swap: 268435456 },
  cpu: { quota: 100000, period: 100000 },
  pids: { limit: 64 },
} as const;

/**
 * Writes one bundle per lane into `directory`, named `0`, `1`, …: bundles cannot share a control
 * group.
 */
export function writeBundles(
  directory: string,
  program: string,
  surroundings: Surroundings,
  lanes: number,
): void {
  const syscalls = syscallNames(surroundings.floor);
  for (let lane = 0; lane < lanes; lane++) {
    const bundle = join(directory, String(lane));
    mkdirSync(bundle, { recursive: true });
    const cgroupsPath = `/terrarium-bench-${program}-${lane}`;
    const config = ociConfig({
      rootfs: surroundings.rootfs,
      cgroupsPath,
      syscalls,
      args: ['/bin/true'],
      limits: LIMITS,
    });
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config, null, 2));
  }
}

/** The system calls of the filter that the floor installs, by name. */
export function syscallNames(floor: string): string[] {
  return execFileSync(floor, ['--syscalls'], { encoding: 'utf8' }).trim().split('\n');
}

export interface Bundle {
  readonly rootfs: string;
  readonly cgroupsPath: string;
  readonly syscalls: readonly string[];
  readonly args: readonly string[];
  /** `linux.resources` without the devices. */
  readonly limits: Readonly<Record<string, unknown>>;
  /** Network namespace to join; without one a new one is made. */
  readonly network?: string | undefined;
}

/** OCI runtime-spec 1.0.2, config.md and config-linux.md. */
export function ociConfig({
  rootfs,
  cgroupsPath,
  syscalls,
  args,
  limits,
  network,
}: Bundle): unknown {
  const types = ['mount', 'pid', 'network', 'uts', 'ipc', 'cgroup'] as const;
  const namespaces = types.map((type) =>
    type === 'network' && network !== undefined ? { type, path: network } : { type },
  );
  return {
    ociVersion: '1.0.2',
    hostname: 'bench',
    root: { path: rootfs, readonly: false },
    process: {
      args,
      cwd: '/',
      env: [`PATH=${DEFAULT_PATH}`],
      user: { uid: 0, gid: 0 },
      terminal: false,
      noNewPrivileges: true,
      capabilities: {
        bounding: DEFAULT_CAPABILITIES,
        effective: DEFAULT_CAPABILITIES,
        permitted: DEFAULT_CAPABILITIES,
      },
    },
    mounts: defaultMounts(namespaces, 'v1').map((mount) => ({
      ...mount,
      source: mount.source ?? mount.type,
    })),
    linux: {
      cgroupsPath,
      namespaces,
      resources: { ...limits, devices: DEFAULT_DEVICE_RULES },
      maskedPaths: DEFAULT_MASKED_PATHS,
      readonlyPaths: DEFAULT_READONLY_PATHS,
      seccomp: seccomp(syscalls),
    },
  };
}

function seccomp(allowed: readonly string[]): unknown {
  const namespaceFlags = 0x7e020000;
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      { names: allowed, action: 'SCMP_ACT_ALLOW' },
      // As engines do: a C library that is refused clone3 so falls back to clone, whose flags a
      // filter can see.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ],
  };
}
