// Limits to operations: which control groups a container gets, and what is written into them, in
// order. Pure.
import { dirname } from 'node:path';
import { HostError } from '../base/errors.ts';
import type { Resources } from '../config/config.ts';
import type { Controller } from '../host/facts.ts';
import { LEAF } from '../host/placement.ts';
import type { HostOp, Undo } from '../plan/operations.ts';
import { deviceProgram } from './controllers/device-program.ts';
import { ruleTexts } from './controllers/devices.ts';
import {
  type ContainerCgroups,
  chooseCgroups,
  isBornInGroup,
  membershipFiles,
} from './directories.ts';
import { type CgroupFacts, type Limits, wantsCpuset } from './limits.ts';
import { v1Writes } from './plan-v1.ts';
import { v2Place, v2Writes } from './plan-v2.ts';

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
  /** v2 directory in which a detached container's watcher is born, if not our own. */
  readonly watcherCgroup?: string;
  /** What was asked for and the host does only in part. */
  readonly warnings: readonly string[];
}

/**
 * The control groups of one container. Only what is asked for is written, since each write is on
 * the start's critical path. Throws HostError when a limit is asked for that this host cannot
 * enforce: a limit that does not hold is worse than none.
 */
export function planCgroups(
  id: string,
  resources: Resources,
  host: CgroupFacts,
  detach = false,
): CgroupPlan {
  const { cgroup: layout } = host;
  refuseUnenforceable(resources, host);
  const cpuset = wantsCpuset(resources);
  const cgroups = chooseCgroups(id, layout, cpuset, detach);
  if (layout.mode === 'none')
    return {
      cgroups,
      host: [],
      joinTasks: [],
      warnings: [`nothing is limited, and device rules are not enforced: ${layout.reason}`],
    };

  const warnings = [...swapWarnings(resources, host), ...placeWarnings(layout)];
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
        ...v2Place(id, layout, cpuset, detach),
        { kind: 'mkcgroup', controller: 'unified', path, undo },
        ...v2Writes(path, resources, host),
        ...(layout.devicePrograms ? [program] : []),
      ],
      ...(detach && layout.placement?.kind === 'scope'
        ? { watcherCgroup: `${dirname(path)}/${LEAF}` }
        : {}),
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
        { hint: lackOf(controller, layout) },
      );
  }
}

function lackOf(controller: Controller, layout: CgroupFacts['cgroup']): string {
  const placement = layout.mode === 'v2' ? layout.placement : undefined;
  return placement?.kind === 'unit'
    ? `${placement.unit} was not given ${controller}: Delegate=yes there gives all`
    : '`terrarium doctor` lists what it has';
}

/** A unit's own limits were expected to hold, and cannot. */
function placeWarnings(layout: CgroupFacts['cgroup']): string[] {
  if (layout.mode !== 'v2') return [];
  const { placement, unmanaged } = layout;
  if (unmanaged !== undefined)
    return [
      `${unmanaged}: the container's groups are beside systemd's own, which may take cpuset away from them`,
    ];
  return placement?.kind === 'scope' && placement.occupied !== undefined
    ? [
        `other processes are in the group of ${placement.occupied}, so its limits do not bound the container, only those of ${placement.slice}: DelegateSubgroup=, or a runtime that is the unit's only process, makes them`,
      ]
    : [];
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
