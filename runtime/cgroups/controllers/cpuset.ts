// Processors and memory nodes: cgroup-v1/cpusets.rst, cgroup-v2.rst "Cpuset". Pure.
import { formatCpuList, parseCpuList } from '../../base/cpu-list.ts';
import {
  above,
  type CgroupController,
  type FailedStep,
  type Limits,
  limit,
  type WriteOp,
} from './controller.ts';

export const cpuset: CgroupController = {
  name: 'cpuset',
  hierarchies: ['cpuset'],
  onRequest: '--cpuset-cpus',
  options: { 'cpuset.cpus': '--cpuset-cpus', 'cpuset.mems': '--cpuset-mems' },
  without: { cpuset: 'LIM-04: processors cannot be assigned' },
  asks: (limits) => (isChosen(limits) ? 'the choice of processors' : undefined),

  /** Both lists of a new group are empty, and no process can join it until both are filled. */
  v1(group, resources, { cpuList, memoryNodes }) {
    const { cpusetCpus = cpuList, cpusetMems = memoryNodes } = resources;
    return isChosen(resources) ? lists(group, { cpusetCpus, cpusetMems }) : [];
  },

  v2: lists,

  update: (change) => lists(change.group, change.limits),

  /** cpuset(7), "ERRORS". */
  hint(failed) {
    if (failed.step === 'limit') return whyRefused(failed);
    return failed.step === 'join' && failed.code === 'ENOSPC'
      ? `${failed.group} has no processors or no memory nodes yet (cpuset.cpus and cpuset.mems are empty), so no process can be in it: fill them in the groups above it first`
      : undefined;
  },
};

function whyRefused({ code, group, file, value, host, read }: FailedStep): string | undefined {
  const mems = file === 'cpuset.mems';
  const have = mems ? `memory nodes ${host.memoryNodes}` : `processors ${host.cpuList}`;
  const parent = `${above(group)}/${file}`;
  const effective = read(`${parent}.effective`) ?? read(parent);
  switch (code) {
    case 'EINVAL':
    case 'ERANGE':
      return `${value} is not among the ${have} that are online: choose from them`;
    case 'EACCES':
    case 'EPERM':
      return effective === undefined
        ? undefined
        : `the group above has only ${effective || 'none'} in ${file}, and ${value} is more: choose from them`;
    case 'EBUSY':
      return `another group has ${value} for itself alone (cpuset.cpu_exclusive, or a partition): choose others`;
    case 'ENOSPC':
      return `${value} would leave processes of the group with no ${mems ? 'memory node' : 'processor'}`;
    default:
      return undefined;
  }
}

function lists(group: string, { cpusetCpus, cpusetMems }: Limits): WriteOp[] {
  return [
    ...(cpusetCpus === undefined ? [] : [limit(`${group}/cpuset.cpus`, normalised(cpusetCpus))]),
    ...(cpusetMems === undefined ? [] : [limit(`${group}/cpuset.mems`, normalised(cpusetMems))]),
  ];
}

function isChosen({ cpusetCpus, cpusetMems }: Limits): boolean {
  return cpusetCpus !== undefined || cpusetMems !== undefined;
}

/** The list as the kernel says it back; one that it will refuse anyway is left to it. */
function normalised(list: string): string {
  const numbers = parseCpuList(list);
  return numbers === undefined ? list : formatCpuList(numbers);
}
