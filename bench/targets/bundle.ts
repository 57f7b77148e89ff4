// OCI bundles that ask runc and crun for the same container: namespaces, limits, mounts, masks, capabilities, seccomp.
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
import type { Surroundings } from './target.ts';

/** Limits that every target with control groups sets: 256 MiB without swap, one processor, 64 processes. */
const LIMITS = {
  memory: { limit: 268435456, swap: 268435456 },
  cpu: { quota: 100000, period: 100000 },
  pids: { limit: 64 },
} as const;

/** Writes one bundle per lane into `directory`, named `0`, `1`, …: bundles cannot share a control group. */
export function writeBundles(directory: string, program: string, surroundings: Surroundings, lanes: number): void {
  const syscalls = execFileSync(surroundings.floor, ['--syscalls'], { encoding: 'utf8' }).trim().split('\n');
  for (let lane = 0; lane < lanes; lane++) {
    const bundle = join(directory, String(lane));
    mkdirSync(bundle, { recursive: true });
    const config = ociConfig(surroundings.rootfs, `/terrarium-bench-${program}-${lane}`, syscalls);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config, null, 2));
  }
}

/** OCI runtime-spec 1.0.2, config.md and config-linux.md. */
function ociConfig(rootfs: string, cgroupsPath: string, syscalls: readonly string[]): unknown {
  const types = ['mount', 'pid', 'network', 'uts', 'ipc', 'cgroup'] as const;
  const namespaces = types.map((type) => ({ type }));
  return {
    ociVersion: '1.0.2',
    hostname: 'bench',
    root: { path: rootfs, readonly: false },
    process: {
      args: ['/bin/true'],
      cwd: '/',
      env: [`PATH=${DEFAULT_PATH}`],
      user: { uid: 0, gid: 0 },
      terminal: false,
      noNewPrivileges: true,
      capabilities: { bounding: DEFAULT_CAPABILITIES, effective: DEFAULT_CAPABILITIES, permitted: DEFAULT_CAPABILITIES },
    },
    mounts: defaultMounts(namespaces, 'v1').map((mount) => ({ ...mount, source: mount.source ?? mount.type })),
    linux: {
      cgroupsPath,
      namespaces,
      resources: { ...LIMITS, devices: DEFAULT_DEVICE_RULES },
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
      { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }] },
    ],
  };
}
