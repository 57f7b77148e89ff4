// The bundle that asks an OCI runtime for Terrarium's container: namespaces, limits, mounts, masks,
// capabilities, seccomp. OCI runtime-spec 1.0.2, config.md and config-linux.md.
import * as defaults from '../../runtime/config/defaults.ts';
import { architecture } from '../../runtime/host/read.ts';
import { seccompProgram } from '../../runtime/plan/seccomp.ts';

export interface Bundle {
  readonly rootfs: string;
  readonly cgroupsPath: string;
  readonly args: readonly string[];
  /** `linux.resources` without the devices. */
  readonly limits: Readonly<Record<string, unknown>>;
  /** Network namespace to join; without one a new one is made. */
  readonly network: string | undefined;
}

export function ociConfig({ rootfs, cgroupsPath, args, limits, network }: Bundle) {
  const types = ['mount', 'pid', 'network', 'uts', 'ipc', 'cgroup'] as const;
  const namespaces = types.map((type) =>
    type === 'network' && network !== undefined ? { type, path: network } : { type },
  );
  const all = defaults.DEFAULT_CAPABILITIES;
  const mounts = defaults.defaultMounts(namespaces, 'v1');
  return {
    ...{ ociVersion: '1.0.2', hostname: 'bench', root: { path: rootfs, readonly: false } },
    process: {
      ...{ args, cwd: '/', env: [`PATH=${defaults.DEFAULT_PATH}`], user: { uid: 0, gid: 0 } },
      ...{ terminal: false, noNewPrivileges: true },
      capabilities: { bounding: all, effective: all, permitted: all },
    },
    mounts: mounts.map((mount) => ({ ...mount, source: mount.source ?? mount.type })),
    linux: {
      ...{ cgroupsPath, namespaces, seccomp: seccomp() },
      resources: { ...limits, devices: defaults.DEFAULT_DEVICE_RULES },
      maskedPaths: defaults.DEFAULT_MASKED_PATHS,
      readonlyPaths: defaults.DEFAULT_READONLY_PATHS,
    },
  };
}

/**
 * The calls that the runtime's filter allows. Its rules for address families and personalities are
 * left out: the peers would need 6 % longer for them.
 */
function seccomp() {
  const [allowed] = seccompProgram(defaults.DEFAULT_CAPABILITIES, architecture()).rules;
  const names = [...(allowed?.names ?? []), 'socket', 'socketpair'];
  const flags = { index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      { names, action: 'SCMP_ACT_ALLOW' },
      // As engines do: a C library that is refused clone3 falls back to clone, whose namespace
      // flags a filter can see.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [flags] },
    ],
  };
}
