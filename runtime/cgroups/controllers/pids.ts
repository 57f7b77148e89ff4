// The number of processes: cgroup-v1/pids.rst, cgroup-v2.rst "PID". Pure.
import { type CgroupController, type Limits, limit, type WriteOp } from './controller.ts';

export const pids: CgroupController = {
  name: 'pids',
  hierarchies: ['pids'],
  asks: ({ pidsLimit }) => (pidsLimit === undefined ? undefined : 'the process limit'),
  v1: limits,
  v2: limits,
  update: (change) => limits(change.group, change.limits),
};

function limits(group: string, { pidsLimit }: Limits): WriteOp[] {
  return pidsLimit === undefined ? [] : [limit(`${group}/pids.max`, pidsLimit)];
}
