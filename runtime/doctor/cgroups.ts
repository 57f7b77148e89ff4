// The doctor's findings about cgroups: one row for the layout, one for each controller, one
// for swap.
import type { CgroupController } from '../cgroups/controllers/controller.ts';
import { CONTROLLERS } from '../cgroups/controllers/index.ts';
import type { CgroupLayout, Controller, HostFacts } from '../host/facts.ts';
import type { Finding } from './finding.ts';

export function cgroupFindings(facts: HostFacts): Finding[] {
  const { cgroup } = facts;
  if (cgroup.mode === 'none')
    return [
      {
        name: 'cgroups',
        status: 'missing',
        detail: cgroup.reason,
        consequence: 'LIM-01 to LIM-06, NS-06, SAFE-05: nothing can be limited or accounted',
      },
    ];
  return [layout(cgroup), ...systemd(cgroup), ...controllers(cgroup), swap(facts)];
}

/** Where groups are made on a machine with systemd, and whose limits bound them. */
function systemd(cgroup: CgroupLayout): Finding[] {
  const { placement, unmanaged } = cgroup.mode === 'v2' ? cgroup : {};
  const name = 'systemd';
  if (unmanaged !== undefined)
    return [
      {
        ...{ name, status: 'limited', detail: unmanaged },
        consequence: 'LIM-04: systemd may take cpuset away from groups that it does not know',
      },
    ];
  if (placement === undefined) return [];
  if (placement.kind === 'unit') {
    const detail = `containers below ${placement.unit}, which has Delegate=yes: its limits bound them`;
    return [{ name, status: 'ok', detail }];
  }
  const { slice, service, occupied } = placement;
  const detail = `containers in a scope of ${slice}, whose limits bound them`;
  if (occupied !== undefined)
    return [
      {
        ...{ name, status: 'limited', detail },
        consequence: `${occupied} has Delegate=yes, and other processes in its group: its own limits bound containers with DelegateSubgroup=, or with the runtime as its only process`,
      },
    ];
  if (service === undefined) return [{ name, status: 'ok', detail }];
  return [
    {
      ...{ name, status: 'limited', detail },
      consequence: `the limits of ${service} itself do not bound its containers: Delegate=yes there makes them`,
    },
  ];
}

type Mounted = Exclude<CgroupLayout, { mode: 'none' }>;

function layout(cgroup: Mounted): Finding {
  const finding = version(cgroup);
  const [root = ''] = cgroup.mode === 'v2' ? [cgroup.root] : Object.values(cgroup.hierarchies);
  return root.startsWith('/proc/')
    ? { ...finding, status: 'limited', detail: `${finding.detail}; ${HIDDEN}` }
    : finding;
}

/** Where no mount shows them they are reached by descriptors of ours. */
const HIDDEN =
  'hidden here, and reached all the same: `ip netns exec` hides them, `--network ns:PATH` does not';

function version(cgroup: Mounted): Finding {
  if (cgroup.mode === 'v2')
    return { name: 'cgroups', status: 'ok', detail: `v2 at ${cgroup.root}` };
  const detail =
    cgroup.mode === 'hybrid'
      ? `v1 controllers, and a v2 tree without any at ${cgroup.unified ?? '?'}`
      : 'v1';
  return { name: 'cgroups', status: 'ok', detail };
}

function controllers(cgroup: Mounted): Finding[] {
  return CONTROLLERS.flatMap(({ name, hierarchies, without }): Finding[] => {
    if (cgroup.mode !== 'v2')
      return hierarchies.map((hierarchy) => v1(cgroup.hierarchies[hierarchy], hierarchy, without));
    if (name === 'devices')
      return [devicePrograms(`cgroup ${name}`, cgroup.devicePrograms === true)];
    const there = cgroup.controllers.includes(name);
    const detail = cgroup.enabled.includes(name) ? 'enabled for children' : 'available';
    return [
      there
        ? { name: `cgroup ${name}`, status: 'ok', detail }
        : {
            ...{ name: `cgroup ${name}`, status: 'missing' },
            detail: `not in ${cgroup.root}/cgroup.controllers`,
            consequence: without[hierarchies[0]],
          },
    ];
  });
}

function v1(
  at: string | undefined,
  hierarchy: Controller,
  without: CgroupController['without'],
): Finding {
  const name = `cgroup ${hierarchy}`;
  return at === undefined
    ? {
        ...{ name, status: 'missing', detail: 'not mounted writable' },
        consequence: without[hierarchy],
      }
    : { name, status: 'ok', detail: at };
}

/** On v2 there is no devices controller: bpf(2) attaches a program to the group. */
function devicePrograms(name: string, available: boolean): Finding {
  if (available) return { name, status: 'ok', detail: 'an eBPF program for each container' };
  return {
    name,
    status: 'limited',
    detail: 'the kernel has no bpf(2), so no device programs on v2',
    consequence: 'SAFE-05: devices are kept away by nodev mounts and the missing CAP_MKNOD',
  };
}

function swap({ cgroup, swapTotalBytes }: HostFacts): Finding {
  const name = 'swap accounting';
  if (cgroup.mode === 'none') return { name, status: 'missing', detail: cgroup.reason };
  if (cgroup.swapAccounting)
    return {
      name,
      status: 'ok',
      detail: swapTotalBytes === 0 ? 'there (and no swap is on)' : 'there',
    };
  if (swapTotalBytes === 0)
    return { name, status: 'limited', detail: 'none, and no swap is on: the memory limit holds' };
  return {
    name,
    status: 'missing',
    detail: 'the kernel does not account swap per group',
    consequence: 'LIM-01: a container may swap beyond its memory limit (boot with swapaccount=1)',
  };
}
