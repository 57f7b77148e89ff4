// Limits to operations: which control groups a container gets, and what is written into them, in
// order. Pure.
import type { Resources } from '../config/config.ts';
import { HostError } from '../errors.ts';
import type { Controller } from '../host/facts.ts';
import type { HostOp, Undo } from '../plan/operations.ts';
import { deviceProgram } from './device-program.ts';
import { ruleTexts } from './devices.ts';
import {
  type ContainerCgroups,
  chooseCgroups,
  isBornInGroup,
  membershipFiles,
} from './directories.ts';
import { type CgroupFacts, type Limits, wantsCpuset } from './limits.ts';
import { v1Writes } from './plan-v1.ts';
import { v2Enable, v2Writes } from './plan-v2.ts';

export interface CgroupPlan {
  /** Where they are, for the journal. */
  readonly cgroups: ContainerCgroups;
  /** Creation first, then the limits: nothing runs in a group that is not limited yet. */
  readonly host: readonly HostOp[];
  /**
   * Files into which the child writes 0 for itself: v1 `tasks`, or v2 `cgroup.procs` where it
   * cannot be born in its group.
   */
  readonly joinTasks: readonly string[];
  /** v2 directory for CLONE_INTO_CGROUP. */
  readonly cgroup?: string;
  /** What was asked for and the host does only in part. */
  readonly warnings: readonly string[];
}

/**
 * The control groups of one container. Only what is asked for is written, since each write is on
 * the start's critical path. Throws HostError when a limit is asked for that this host cannot
 * enforce: a limit that does not hold is worse than none.
 */
export function planCgroups(id: string, resources: Resources, host: CgroupFacts): CgroupPlan {
  const { cgroup: layout } = host;
  refuseUnenforceable(resources, host);
  const cpuset = wantsCpuset(resources);
  const cgroups = chooseCgroups(id, layout, cpuset);
  if (layout.mode === 'none')
    return {
      cgroups,
      host: [],
      joinTasks: [],
      warnings: [`nothing is limited, and device rules are not enforced: ${layout.reason}`],
    };

  const warnings = swapWarnings(resources, host);
  if (layout.mode === 'v2') {
    const path = cgroups.directories[0]?.path ?? layout.root;
    const undo: Undo = { kind: 'rmcgroup', path, killFile: `${path}/cgroup.kill` };
    const { devices } = resources;
    const program: HostOp = {
      kind: 'bpf_devices',
      path,
      rules: ruleTexts(devices),
      program: deviceProgram(devices),
    };
    return {
      cgroups,
      host: [
        ...v2Enable(layout, cpuset),
        { kind: 'mkcgroup', controller: 'unified', path, undo },
        ...v2Writes(path, resources, host),
        ...(layout.devicePrograms ? [program] : []),
      ],
      ...(isBornInGroup(cgroups, host.kernel)
        ? { joinTasks: [], cgroup: path }
        : { joinTasks: membershipFiles(cgroups) }),
      warnings: layout.devicePrograms
        ? warnings
        : [
            ...warnings,
            'this kernel has no eBPF, so no device rules on cgroup v2: devices are kept away by mounts (nodev) and the missing CAP_MKNOD',
          ],
    };
  }
  const create = cgroups.directories.map(
    ({ controllers, path }): HostOp => ({
      kind: 'mkcgroup',
      controller: controllers[0] ?? 'unified',
      path,
      undo: { kind: 'rmcgroup', path },
    }),
  );
  return {
    cgroups,
    host: [...create, ...v1Writes(cgroups, resources, host)],
    joinTasks: membershipFiles(cgroups),
    warnings:
      layout.hierarchies.devices === undefined
        ? [
            ...warnings,
            'device rules are not enforced, for the devices controller is not mounted: devices are kept away by mounts (nodev) and the missing CAP_MKNOD',
          ]
        : warnings,
  };
}

/** Throws HostError for the first limit whose controller is not there. */
export function refuseUnenforceable(
  resources: Limits,
  { cgroup: layout }: Pick<CgroupFacts, 'cgroup'>,
): void {
  const asked: readonly (readonly [controller: Controller, limit: string, wanted: boolean])[] = [
    ['memory', 'the memory limit', resources.memoryLimitBytes !== undefined],
    [
      'cpu',
      'the CPU limit',
      resources.cpuQuotaUs !== undefined || resources.cpuShares !== undefined,
    ],
    ['pids', 'the process limit', resources.pidsLimit !== undefined],
    ['cpuset', 'the choice of processors', wantsCpuset(resources)],
  ];
  for (const [controller, limit, wanted] of asked) {
    if (!wanted) continue;
    if (layout.mode === 'none')
      throw new HostError('cgroups', `${limit} cannot be enforced: ${layout.reason}`, {
        hint: 'mount control groups writable, or leave the limit out',
      });
    const there =
      layout.mode === 'v2'
        ? layout.controllers.includes(controller)
        : layout.hierarchies[controller] !== undefined;
    if (!there)
      throw new HostError(
        `cgroup ${controller}`,
        `${limit} cannot be enforced: this host has no ${controller} controller`,
        {
          hint: '`terrarium doctor` lists what it has',
        },
      );
  }
}

function swapWarnings(
  resources: Resources,
  { cgroup: layout, swapTotalBytes }: CgroupFacts,
): string[] {
  if (layout.mode === 'none' || layout.swapAccounting || swapTotalBytes === 0) return [];
  if (resources.memoryLimitBytes === undefined || resources.memorySwapBytes === -1) return [];
  return [
    'the kernel does not account swap (swapaccount=1 is needed): the container may swap beyond its memory limit',
  ];
}
