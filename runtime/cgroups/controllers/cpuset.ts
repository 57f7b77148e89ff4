// Processors and memory nodes: cgroup-v1/cpusets.rst, cgroup-v2.rst "Cpuset". Pure.
import { formatCpuList, parseCpuList } from '../../host/procfs.ts';
import { type CgroupController, type Limits, limit, type WriteOp } from './controller.ts';

export const cpuset: CgroupController = {
  name: 'cpuset',
  hierarchies: ['cpuset'],
  onRequest: '--cpuset-cpus',
  asks: (limits) => (isChosen(limits) ? 'the choice of processors' : undefined),

  /** Both lists of a new group are empty, and no process can join it until both are filled. */
  v1(group, resources, { cpuList, memoryNodes }) {
    const { cpusetCpus = cpuList, cpusetMems = memoryNodes } = resources;
    return isChosen(resources) ? lists(group, { cpusetCpus, cpusetMems }) : [];
  },

  v2: lists,

  update: (change) => lists(change.group, change.limits),
};

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
